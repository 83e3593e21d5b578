"""The expressions of a paste, each with what comes of it; those for us with a token as we would issue it now."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from clustersync.doctor.cel.asking import ExpressionVerdict, Question, SampleToken, Use, judge
from clustersync.doctor.parsed import Entry, Setting
from clustersync.doctor.served import Sample


@dataclass(frozen=True)
class Tried:
    """An expression, or a claim of which a name is made. `whose` token it was tried with; "" for none."""

    setting: Setting
    use: Use
    answer: ExpressionVerdict
    whose: str = ""


@dataclass(frozen=True)
class Tries:
    """`user` is whom the API server would take the sample for; None where that can't be told."""

    tried: Sequence[Tried] = ()
    user: Mapping[str, Any] | None = field(default=None, repr=False)

    def which(self, verdict: str) -> Iterator[Tried]:
        return (one for one in self.tried if one.answer.verdict == verdict)


def tries(entries: Sequence[Entry], ours: Entry, samples: Sequence[Sample]) -> Tries:
    """Return the tries of the samples. The first is that of the person who was named."""
    of_us = list(_questions(ours)) if ours.kind == "configuration" else []
    of_others = [pair for entry in entries if entry is not ours for pair in _questions(entry)]
    judged = judge(
        [question for _, question in of_us], [SampleToken(sample.claims, sample.is_senders) for sample in samples]
    )
    checked = judge([question for _, question in of_others], [])
    whose = [sample.person for sample in samples] or [""]
    tried = [one for name, each in zip(whose, judged, strict=True) for one in _tried(of_us, each.answers, name)]
    return Tries([*tried, *_tried(of_others, checked[0].answers, "")], judged[0].user)


def _tried(
    asked: Sequence[tuple[Setting, Question]], answers: Sequence[ExpressionVerdict], whose: str
) -> Iterator[Tried]:
    for (setting, question), answer in zip(asked, answers, strict=True):
        yield Tried(setting, question.use, answer, whose)


def _questions(entry: Entry) -> Iterator[tuple[Setting, Question]]:
    prefixed: tuple[tuple[Use, Setting | None, Setting | None], ...] = (
        ("username", entry.username_claim, entry.username_prefix),
        ("groups", entry.groups_claim, entry.groups_prefix),
        ("uid", entry.uid_claim, None),
    )
    with_expression = {one.use for one in entry.expressions}
    for use, claim, prefix in prefixed:
        if claim and claim.value and use not in with_expression:
            yield claim, Question(use, claim=claim.value, prefix=prefix.value if prefix else "")
    for one in entry.expressions:
        yield one.setting, Question(one.use, expression=one.text, key=one.key)
