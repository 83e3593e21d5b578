"""The flags of kube-apiserver, wherever they were written: a command line, a manifest, or a distribution's own file.

kubeadm's `extraArgs` (a map until v1beta3, a list of name and value since), RKE1's `extra_args`, the
`kube-apiserver-arg` of K3s and RKE2, Talos' and k0s' maps: in each of them a flag is either a text "name=value", a
key with a value, or an object with a name and a value. So it is found in all of them the same way.
"""

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence

from clustersync.doctor.documents import Item
from clustersync.doctor.told import FLAG, NAME, VALUE, Entry, Flag, Said, Told, clean

OIDC = frozenset(
    f"oidc-{rest}"
    for rest in (
        "issuer-url", "client-id", "ca-file", "username-claim", "username-prefix", "groups-claim", "groups-prefix",
        "signing-algs", "required-claim",
    )
)  # fmt: skip
OTHER = frozenset(
    {
        "authentication-config", "authentication-token-webhook-config-file", "authentication-token-webhook-version",
        "authentication-token-webhook-cache-ttl", "api-audiences", "service-account-issuer", "anonymous-auth",
        "authorization-mode", "authorization-config", "egress-selector-config-file",
    }
)  # fmt: skip
KNOWN = OIDC | OTHER

# Any of its own kind that is written wrong is wanted too: the API server does not start with a flag it doesn't know.
NAMED = r"(?:oidc-[\w-]+|authentication-(?:token|config)[\w-]*|" + "|".join(sorted(OTHER)) + ")"
WHOLE = re.compile(rf"(?P<dashes>--)?(?P<name>{NAMED})(?:=(?P<value>.*))?\Z", re.DOTALL)
# K3s and RKE2 take them on their own command line so.
WRAPPED = re.compile(r"--kube-apiserver-arg[= ]+")


def in_text(text: str, *, first_line: int = 1) -> Told:
    """Of a command line, in one line or many, with a shell's quotes."""
    flags: list[Flag] = []
    unknown: list[Said] = []
    for number, line in enumerate(text.split("\n"), first_line):
        bare = WRAPPED.sub("", line.split(" #")[0]).rstrip("\\ ")
        if bare.lstrip().startswith("#"):
            continue
        for dashes, name, value in _unquoted(bare):
            style = f"{dashes}{NAME}={VALUE}"
            _sort(Flag(name, Said(clean(value), number, style.replace(NAME, name)), style), flags, unknown)
    return _told(flags, unknown, ())


def in_document(root: Item) -> Told:
    flags: list[Flag] = []
    unknown: list[Said] = []
    quoted: list[Said] = []
    for flag in _everywhere(root):
        _sort(flag, flags, unknown)
        # No shell takes them away here.
        if flag.said.value[:1] in ('"', "'") and flag.name in KNOWN:
            quoted.append(flag.said)
    return _told(flags, unknown, quoted)


def entry_of(flags: Sequence[Flag]) -> Entry | None:
    """The one issuer that flags can name."""
    by_name = {flag.name: flag.said for flag in flags if flag.name in OIDC}
    if not by_name:
        return None
    first = next(flag for flag in flags if flag.name in OIDC)
    client = by_name.get("oidc-client-id")
    return Entry(
        kind="flags",
        line=first.said.line,
        issuer=by_name.get("oidc-issuer-url"),
        audiences=(client,) if client and client.value else (),
        authority=by_name.get("oidc-ca-file"),
        username_claim=by_name.get("oidc-username-claim"),
        username_prefix=by_name.get("oidc-username-prefix"),
        groups_claim=by_name.get("oidc-groups-claim"),
        groups_prefix=by_name.get("oidc-groups-prefix"),
        algorithms=by_name.get("oidc-signing-algs"),
        required=tuple(flag.said for flag in flags if flag.name == "oidc-required-claim"),
        style=first.style,
    )


def _told(flags: list[Flag], unknown: list[Said], quoted: Iterable[Said]) -> Told:
    count = len(flags) + len(unknown)
    return Told(
        recognised=(f"flags of kube-apiserver ({count})",) if count else (),
        flags=tuple(flags),
        unknown_flags=tuple(unknown),
        quoted=tuple(quoted),
    )


def _sort(flag: Flag, flags: list[Flag], unknown: list[Said]) -> None:
    """What an unknown flag was given may be a secret (--oidc-client-secret): it is dropped here."""
    if flag.name in KNOWN:
        flags.append(flag)
    else:
        unknown.append(Said("…", flag.said.line, flag.said.template))


def _unquoted(line: str) -> list[tuple[str, str, str]]:
    """A line's flags as a shell would hand them over; where no shell understands it, by its blanks."""
    try:
        return list(_of_words(shlex.split(line)))
    except ValueError:
        return list(_of_words(line.replace('"', "").replace("'", "").split()))


def _of_words(words: list[str]) -> Iterator[tuple[str, str, str]]:
    waiting = list(reversed([part for word in words for part in _assigned(word)]))
    while waiting:
        match = WHOLE.match(waiting.pop())
        if match is None:
            continue
        value = match["value"]
        if value is None and match["dashes"] and waiting and not waiting[-1].startswith("--"):
            value = waiting.pop()
        if value is not None:
            yield match["dashes"] or "", match["name"], value.rstrip(",")


def _assigned(word: str) -> list[str]:
    """KUBE_API_ARGS="--a=1 --b=2" is one word to a shell, with the flags in it."""
    if " --" in word or re.match(r"[A-Z_]+=--", word):
        return re.sub(r"\A[A-Z_]+=", "", word).split()
    return [word]


def _everywhere(item: Item) -> Iterator[Flag]:
    yield from _in_list(item.items)
    yield from _in_mapping(item)
    for child in (*item.items, *item.keys.values()):
        if isinstance(child.value, str):
            continue
        yield from _everywhere(child)


def _in_list(items: list[Item]) -> Iterator[Flag]:
    """ "--name=value", or "--name" and the value as the next."""
    after: Item | None = None
    for item in items:
        text = item.value if isinstance(item.value, str) else ""
        match = WHOLE.match(text)
        if after is not None and not text.startswith("--"):
            name = after.text().removeprefix("--")
            yield Flag(name, Said(clean(text), item.line, f"- {VALUE}"), f"- {FLAG}")
        elif match and match["value"] is not None:
            style = f"- {match['dashes'] or ''}{NAME}={VALUE}"
            yield Flag(match["name"], Said(clean(match["value"]), item.line, style.replace(NAME, match["name"])), style)
        after = item if match and match["value"] is None and match["dashes"] else None


def _in_mapping(item: Item) -> Iterator[Flag]:
    name, value = item.text("name"), item.at("value")
    if value is not None and isinstance(value.value, str) and re.fullmatch(NAMED, name):
        said = Said(clean(value.value), value.line, f'value: "{VALUE}"', f"of {name}")
        yield Flag(name, said, f'- {{name: {NAME}, value: "{VALUE}"}}')
    for key, child in item.keys.items():
        bare = key.removeprefix("--")
        if isinstance(child.value, str) and re.fullmatch(NAMED, bare):
            style = f'{NAME}: "{VALUE}"'
            yield Flag(bare, Said(clean(child.value), child.line, style.replace(NAME, bare)), style)
        elif key == "kube-apiserver-arg" and isinstance(child.value, str):
            yield from _in_list([child])
        elif bare in KNOWN:
            for each in child.items:  # kubeadm and Talos take a list where a flag may be given more than once
                yield Flag(
                    bare, Said(clean(each.text()), each.line, f'- "{VALUE}"', f"of {bare}"), f'{NAME}: "{VALUE}"'
                )
