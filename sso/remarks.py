"""What is worth an administrator's look in sign-ins that succeed: counted on the provider's page. Pure."""

REMARKS = {
    "groups_left_out": "came with groups that were left out: not declared, or more than this provider may assert.",
    "ids_left_out": "came with POSIX ids that were left out: declare from which id on this provider may set them.",
}
