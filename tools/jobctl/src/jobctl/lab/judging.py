"""What every case must show, whatever was broken: the safety contract (docs/contract.md)."""

from jobctl.lab.experiment import Case, Check


def accounted(case: Case) -> list[Check]:
    """Contract 1: each job succeeded or is dead with a reason and a letter; nothing is left, nothing lost."""
    ended = case.succeeded + case.dead
    return [
        Check(
            text=f"{case.name}: {case.sent} sent = {case.succeeded} succeeded + {case.dead} dead, "
            f"{case.open} still open, {case.left} messages left",
            ok=case.sent == ended and case.sent > 0 and not case.open and not case.left,
        ),
        Check(
            text=f"{case.name}: {case.dead} dead, {case.letters} dead letters, "
            f"{case.without_reason} without a reason",
            ok=case.letters >= case.dead and not case.without_reason,
        ),
    ]


def decided_once(case: Case) -> list[Check]:
    """Contract 2: no outcome was recorded a second time (where that can be counted)."""
    if case.decided_again is None:
        return []
    text = f"{case.name}: {case.decided_again} outcomes decided a second time"
    return [Check(text=text, ok=case.decided_again == 0)]


def contract(cases: list[Case]) -> list[Check]:
    """Both, of all cases."""
    return [check for case in cases for check in (*accounted(case), *decided_once(case))]


def all_succeeded(case: Case) -> Check:
    """No job of it died."""
    text = f"{case.name}: all {case.sent} succeed ({case.succeeded} did)"
    return Check(text=text, ok=case.succeeded == case.sent)


def delivered_once(case: Case) -> list[Check]:
    """Contract 5: no second delivery (where that can be counted), and no second attempt."""
    again = case.delivered_again
    seen = "" if again is None else f"{again} second deliveries, "
    text = f"{case.name}: delivered once, run once ({seen}{case.attempts - case.sent} second runs)"
    return [Check(text=text, ok=not again and case.attempts == case.sent)]
