"""A plan without its sensitive values, wherever a plan may hold one."""

import base64
import copy
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pipeline.review import record_of
from pipeline.review.redaction import MASK, redacted
from review_plans import RELEASE, entry, plan

# Too short to be looked for as a text, so only its place can tell.
SHORT = "§¶"
SECRET = 'canary-<p &q>-"ä\n7f3a'


def module(values: dict[str, Any], sensitive: Any) -> dict[str, Any]:
    """A module in a module, with one resource."""
    resource = {"address": "module.a.aws_x.a", "values": values, "sensitive_values": sensitive}
    return {"root_module": {"child_modules": [{"address": "module.a", "resources": [resource]}]}}


def code(**root_module: Any) -> dict[str, Any]:
    return {"configuration": {"root_module": root_module}}


PLACES: dict[str, Callable[[str], dict[str, Any]]] = {
    "after": lambda secret: plan(entry("create", None, {"a": secret}, sensitive={"a": True})),
    "before": lambda secret: plan(entry("delete", {"a": secret}, sensitive_before={"a": True})),
    "inside": lambda secret: plan(
        entry("create", None, {"a": [{"b": 1}, {"b": secret}]}, sensitive={"a": [{}, {"b": True}]})
    ),
    "a whole block": lambda secret: plan(
        entry("create", None, {"a": [{"b": {"c": secret}}]}, sensitive={"a": True})
    ),
    "a whole object": lambda secret: plan(entry("create", None, {"a": secret}, sensitive=True)),
    "marks of another shape": lambda secret: plan(
        entry("create", None, {"a": [1, secret]}, sensitive={"a": [True]})
    ),
    "marks of another kind": lambda secret: plan(
        entry("create", None, {"a": {"b": secret}}, sensitive={"a": [True]})
    ),
    "drift": lambda secret: plan(resource_drift=[entry("update", {}, {"a": secret}, sensitive={"a": True})]),
    "deferred": lambda secret: plan(
        deferred_changes=[
            {"reason": "x", "resource_change": entry("create", None, {"a": secret}, sensitive={"a": True})}
        ]
    ),
    "output": lambda secret: plan(
        output_changes={"url": entry("create", None, secret, sensitive=True)["change"]}
    ),
    "output before": lambda secret: plan(
        output_changes={"url": entry("delete", secret, None, sensitive_before=True)["change"]}
    ),
    "part of an output": lambda secret: plan(
        output_changes={"all": entry("create", None, {"k": secret}, sensitive={"k": True})["change"]}
    ),
    "planned value": lambda secret: plan(planned_values=module({"a": secret}, {"a": True})),
    "planned output": lambda secret: plan(
        planned_values={"outputs": {"url": {"sensitive": True, "value": secret}}, "root_module": {}}
    ),
    "prior value": lambda secret: plan(prior_state={"values": module({"a": secret}, {"a": True})}),
    "prior output": lambda secret: plan(
        prior_state={"values": {"outputs": {"url": {"sensitive": True, "value": {"deep": [secret]}}}}}
    ),
    "variable": lambda secret: plan(
        variables={"token": {"value": secret}}, **code(variables={"token": {"sensitive": True}})
    ),
    "object in a variable": lambda secret: plan(
        variables={"db": {"value": {"password": secret}}}, **code(variables={"db": {"sensitive": True}})
    ),
    "default": lambda secret: plan(**code(variables={"token": {"sensitive": True, "default": secret}})),
    "default in a module": lambda secret: plan(
        **code(
            module_calls={
                "a": {"module": {"variables": {"token": {"sensitive": True, "default": {"x": secret}}}}}
            }
        )
    ),
    "constant for a module": lambda secret: plan(
        **code(
            module_calls={
                "a": {
                    "expressions": {"token": {"constant_value": secret}},
                    "module": {"variables": {"token": {"sensitive": True}}},
                }
            }
        )
    ),
    "constant of an output": lambda secret: plan(
        **code(outputs={"url": {"sensitive": True, "expression": {"constant_value": secret}}})
    ),
}
# Code that is used has its value at a marked place of the plan as well.
IN_CODE_ALONE = {"default in a module", "constant for a module", "constant of an output"}
# Where nothing marks a value, so that its text has to be found.
UNMARKED: dict[str, Callable[[str], dict[str, Any]]] = {
    "computed": lambda text: {
        "resource_changes": [entry("create", None, {"arn": f"arn:{text}:x"}, address="aws_x.unmarked")]
    },
    "key of a map": lambda text: {"resource_changes": [entry("create", None, {"tags": {text: "x"}})]},
    "prior value": lambda text: {"prior_state": {"values": module({"arn": [f"x{text}y"]}, {})}},
    "variable": lambda text: {"variables": {"other": {"value": text}}},
    "message of a check": lambda text: {
        "checks": [{"instances": [{"problems": [{"message": f"{text} is bad"}]}]}]
    },
    "import": lambda text: {"resource_changes": [entry("no-op", {}, {}, importing={"id": text})]},
    "constant in code": lambda text: code(
        resources=[{"expressions": {"password": {"constant_value": text}}}]
    ),
    "a part that nobody knows yet": lambda text: {"action_invocations": [{"config": text}]},
}
FORMS: dict[str, Callable[[str], str]] = {
    "as it is": lambda text: text,
    "in JSON": lambda text: json.dumps({"k": text}),
    "in JSON, not in ASCII": lambda text: json.dumps({"k": text}, ensure_ascii=False),
    "in JSON of Terraform's": lambda text: (
        json.dumps({"k": text}, ensure_ascii=False)
        .replace("<", "\\u003c")
        .replace(">", "\\u003e")
        .replace("&", "\\u0026")
    ),
    "in JSON in JSON": lambda text: json.dumps(json.dumps({"k": text})),
    "in an address": lambda text: f"https://u:{quote(text, safe='')}@example.com",
    "in base64": lambda text: base64.b64encode(text.encode()).decode(),
    "in base64 after one": lambda text: base64.b64encode(b"u" + text.encode() + b"!").decode(),
    "in base64 after two": lambda text: base64.b64encode(b"u:" + text.encode() + b"!!").decode(),
    "in hexadecimal": lambda text: text.encode().hex(),
}


def shown(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False)


def texts_of(document: Any) -> list[str]:
    """Every text in a document, keys too."""
    if isinstance(document, dict):
        return [*document, *(text for item in document.values() for text in texts_of(item))]
    if isinstance(document, list):
        return [text for item in document for text in texts_of(item)]
    return [document] if isinstance(document, str) else []


def telling(form: str) -> str:
    """The middle of a form, which is the secret's own whatever stands around it."""
    return form[len(form) // 3 : -len(form) // 4]


@pytest.mark.parametrize("place", PLACES)
def test_a_sensitive_place_is_masked_however_short_the_value(place: str) -> None:
    document = PLACES[place](SHORT)
    assert SHORT in shown(document)

    masked = redacted(document)

    assert SHORT not in shown(masked)
    assert MASK in shown(masked)


@pytest.mark.parametrize("place", UNMARKED)
@pytest.mark.parametrize("form", FORMS)
def test_a_secret_is_masked_where_nothing_marks_it(place: str, form: str) -> None:
    text = FORMS[form](SECRET)
    source = entry("create", None, {"value": SECRET}, sensitive={"value": True}, address="aws_x.secret")
    document = plan(source)
    for key, part in UNMARKED[place](text).items():
        document[key] = [source, *part] if key == "resource_changes" else part
    assert [each for each in texts_of(document) if telling(text) in each]

    masked = redacted(document)

    assert len([each for each in texts_of(masked) if MASK in each]) > 1
    assert not [each for each in texts_of(masked) if telling(text) in each or telling(SECRET) in each]
    assert telling(text) not in record_of(document, "dev", RELEASE).text()


@pytest.mark.parametrize("place", sorted(set(PLACES) - IN_CODE_ALONE))
def test_what_a_sensitive_place_holds_is_looked_for_everywhere(place: str) -> None:
    document = PLACES[place](SECRET)
    document["checks"] = [{"instances": [{"problems": [{"message": f"no {SECRET}!"}]}]}]

    assert redacted(document)["checks"][0]["instances"][0]["problems"][0]["message"] == f"no {MASK}!"


def test_a_long_number_is_found_too() -> None:
    pin = entry("create", None, {"pin": 84591377}, sensitive={"pin": True})
    other = entry("create", None, {"copy": 84591377, "text": "pin 84591377", "size": 8}, address="aws_x.b")

    after = redacted(plan(pin, other))["resource_changes"][1]["change"]["after"]

    assert after == {"copy": MASK, "text": f"pin {MASK}", "size": 8}


def test_a_plan_without_secrets_stays_as_it_is() -> None:
    document = plan(
        entry("update", {"a": [1, None]}, {"a": [True, 2.5]}, unknown={"b": True}, sensitive={"a": [False]}),
        variables={"region": {"value": "us-east-1"}},
        prior_state={"format_version": "1.0"},
        **code(variables={"region": {"default": "us-east-1"}}),
        timestamp="2026-11-20T18:00:31Z",
        errored=False,
    )
    before = copy.deepcopy(document)

    assert redacted(document) == before == document


def test_addresses_and_names_of_code_stay_for_they_are_no_values() -> None:
    secret = entry(
        "create", None, {"v": "worker"}, sensitive={"v": True}, address='module.worker.aws_x.a["worker"]'
    )
    document = plan(secret, **code(module_calls={"worker": {"source": "../../modules/worker"}}))

    masked = redacted(document)

    assert masked["resource_changes"][0]["address"] == 'module.worker.aws_x.a["worker"]'
    assert masked["configuration"] == document["configuration"]
    assert masked["resource_changes"][0]["change"]["after"] == {"v": MASK}


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=6, max_size=20)
secrets = texts.map(lambda text: f"canary{text}")


@given(st.data(), st.lists(secrets, min_size=1, max_size=4, unique=True))
def test_no_secret_is_left_wherever_it_is(data: st.DataObject, drawn: list[str]) -> None:
    document: dict[str, Any] = plan()
    for number, secret in enumerate(drawn):
        marked = entry(
            "create", None, {"n": number, "v": [secret]}, sensitive={"v": [True]}, address=f"x.a{number}"
        )
        document["resource_changes"].append(marked)
        form = FORMS[data.draw(st.sampled_from(sorted(FORMS)))](secret)
        place = data.draw(st.sampled_from(sorted(UNMARKED)))
        for key, part in UNMARKED[place](form).items():
            document[key] = [*document[key], *part] if key == "resource_changes" else part

    written = [shown(redacted(document)), record_of(document, "dev", RELEASE).text()]

    for secret in drawn:
        for text in {secret, shown(secret)[1:-1], json.dumps(secret)[1:-1], quote(secret, safe="")}:
            assert not [each for each in written if text in each]
        coded = base64.b64encode(secret.encode()).decode().rstrip("=")[:-1]
        assert not [each for each in written if coded in each]
