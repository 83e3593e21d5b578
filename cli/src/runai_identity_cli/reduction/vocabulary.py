"""The words that the server knows anyway, and that may stand in what is sent."""

from __future__ import annotations

CLAIMS = (
    "iss sub jti sid client_id azp scope email preferred_username name uid gid grant_id application_id aud exp iat nbf"
    " email_verified groups tenant_id supplementary_groups auth_time amr"
)
# What other providers have, and people write for that reason: known to be in no token of ours.
CLAIMS_OF_OTHERS = "roles role realm_access resource_access hd upn oid tid acr nonce at_hash cid username user_name"
CEL = (
    "claims user true false null in has all exists exists_one filter map size string int uint double bool bytes dyn"
    " type duration timestamp startsWith endsWith contains matches getDate getDayOfMonth getDayOfWeek getDayOfYear"
    " getFullYear getHours getMilliseconds getMinutes getMonth getSeconds optional of none or orValue value hasValue"
    " optMap optFlatMap ofNonZeroValue unwrap unwrapOpt first last list as break const continue else for function if"
    " import let loop package namespace return var void while google protobuf Duration Timestamp seconds"
)
STRINGS = (
    "charAt indexOf lastIndexOf join lowerAscii upperAscii replace split substring trim format quote strings reverse"
)
KUBERNETES = (
    "username extra find findAll isSorted min max sort distinct sum slice flatten isUnspecified"
    " isLoopback isGlobalUnicast isLinkLocalUnicast isLinkLocalMulticast isInteger containsIP containsCIDR"
    " isGreaterThan isLessThan family prefixLength sign asInteger major minor patch getScheme getHost"
    " getHostname getPort getEscapedPath ip masked getQuery asApproximateFloat add sub validate compareTo"
    " isIP isCIDR isURL isQuantity isCanonical cidr url quantity named semver isSemver sets equivalent"
    " intersects lists range transformList transformMap transformMapEntry BoolValue"
)
NAMES = frozenset(" ".join((CLAIMS, CLAIMS_OF_OTHERS, CEL, STRINGS, KUBERNETES)).split())

TEXTS = frozenset(
    (
        "",
        " ",
        ",",
        ":",
        "/",
        "-",
        "_",
        ".",
        "@",
        "system:",
        "system:masters",
        "system:authenticated",
        "kubeadm:",
        "service-account-",
        *NAMES,
    )
)
