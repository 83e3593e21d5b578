"""Findings in successful sign-ins that deserve an administrator's attention, counted on the provider's page."""

REMARKS = {
    "email_unverified": "came with an address that the provider calls not verified: rules that name it don't count.",
    "email_unsaid": "came without email_verified: rules that name the address don't count. If the directory vouches for"
    " its addresses, trust them under What it may assert.",
    "groups_not_sent": "came without the attribute of the groups. If a directory leaves it out for who has none, that"
    " is as it should be; otherwise let it send groups, or keep them where they aren't sent.",
    "groups_too_many": "came with too many groups to send (Entra ID's overage). Let the directory send only the groups"
    " that are assigned to this application.",
    "groups_left_out": "came with groups that were left out: not declared, or more than this provider may assert.",
    "groups_in_other_case": "came with groups that differ from a group here in capitals only, and are in neither."
    " Give both the same name: at the directory, or by deleting the group here, whose rules go with it.",
    "ids_left_out": "came with POSIX ids that were left out: declare from which id on this provider may set them.",
}
