"""What a pause asks for, as a JSON schema: made from a type, said in words, compared with answers.

Whoever answers may not have the flow's code, so what stands here knows nothing but the
schema. It checks what people get wrong; what a schema cannot say, the type itself checks
when the flow takes the answer. pydantic is loaded only where a flow asks for input.
"""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from penstock.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["find_problem", "in_words", "is_object", "make_form", "read_answer", "read_texts"]

_WORDS: Final = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
_KINDS: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}
#: Formats that people enter: how they are called, and what reads them.
_FORMATS: Final[dict[str, tuple[str, Callable[[str], object]]]] = {
    "date": ("a date, as 2026-03-01", date.fromisoformat),
    "date-time": ("a date and time, as 2026-03-01T08:00:00", datetime.fromisoformat),
    "uuid": ("a UUID", UUID),
}
#: Limits of a schema: what they compare, how that is said, and when it holds.
_LIMITS: Final[tuple[tuple[str, str, Callable[[Any, Any], bool]], ...]] = (
    ("minimum", "at least {}", lambda value, limit: value >= limit),
    ("maximum", "at most {}", lambda value, limit: value <= limit),
    ("exclusiveMinimum", "more than {}", lambda value, limit: value > limit),
    ("exclusiveMaximum", "less than {}", lambda value, limit: value < limit),
    ("minLength", "at least {} characters long", lambda value, limit: len(value) >= limit),
    ("maxLength", "at most {} characters long", lambda value, limit: len(value) <= limit),
    ("minItems", "a list of at least {}", lambda value, limit: len(value) >= limit),
    ("maxItems", "a list of at most {}", lambda value, limit: len(value) <= limit),
)
#: What each limit is about; it says nothing of values of another kind.
_LIMITED: Final = {"Length": str, "Items": list}


def make_form(kind: Any) -> str | None:
    """Give the JSON schema of what a flow asks for; None: only a go-ahead.

    Raises:
        OptionError: nobody can enter a value of that type.
    """
    if kind is None:
        return None
    from pydantic import PydanticUserError, TypeAdapter  # noqa: PLC0415 - 90 ms, asked for here
    from pydantic_core import SchemaError  # noqa: PLC0415 - as above

    try:
        return json.dumps(TypeAdapter(kind).json_schema(), ensure_ascii=False)
    except (PydanticUserError, SchemaError):
        rule = "a pydantic model, as a subclass of RunInput, or a type such as str, int or bool"
        raise OptionError("pause_flow_run", "wait_for_input", kind, rule) from None


def read_answer(kind: Any, answer: str) -> tuple[Any, str | None]:
    """Make the value that a flow asked for out of the answer; else say what is wrong with it."""
    if kind is None:
        return None, None
    from pydantic import TypeAdapter, ValidationError  # noqa: PLC0415 - as above

    try:
        return TypeAdapter(kind).validate_json(answer), None
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        place = ".".join(map(str, first["loc"])) or "the answer"
        return None, f"{place}: {first['msg']}"


def is_object(form: dict[str, Any]) -> bool:
    """Tell whether what is asked for has fields."""
    return "properties" in _resolve(form, form)


def in_words(form: dict[str, Any] | None) -> str:
    """Say what is asked for: `day (a date, as 2026-03-01), note (text; may be left out)`."""
    if form is None:
        return "a go-ahead"
    if not is_object(form):
        return _describe(form, form)
    schema = _resolve(form, form)
    required = schema.get("required", ())
    return ", ".join(
        f"{name} ({_describe(field, form)}{'' if name in required else '; may be left out'})"
        for name, field in schema["properties"].items()
    )


def find_problem(form: dict[str, Any], value: Any) -> str | None:
    """Say what is wrong with an answer; None: nothing that the schema tells."""
    name = "the answer" if not is_object(form) else ""
    return next(_problems(form, form, value, name), None)


def read_texts(form: dict[str, Any] | None, texts: tuple[str, ...]) -> tuple[Any, str | None]:
    """Make an answer out of `name=value` texts, or one text where there are no fields.

    Values are JSON where that is what is asked for, else text. Also says what is wrong.
    """
    if form is None:
        return None, "it waits for a go-ahead only; leave --input out"
    if not is_object(form):
        if len(texts) != 1:
            return None, f"it waits for one value ({_describe(form, form)}), and not for several"
        return _read(form, form, texts[0]), None
    fields = _resolve(form, form)["properties"]
    answer: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            problem = f"{text!r} has no name; write --input name=value for {_names(fields)}"
            return None, problem
        if name in answer:
            return None, f"{name} is given twice"
        answer[name] = _read(fields.get(name, {}), form, value)
    return answer, None


def _read(schema: dict[str, Any], form: dict[str, Any], text: str) -> Any:
    """Read one value: JSON if that fits, else the text, if that does."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    fits = next(_problems(schema, form, value, ""), None) is None
    takes_text = next(_problems(schema, form, text, ""), None) is None
    return text if takes_text and not fits else value


def _problems(schema: dict[str, Any], form: dict[str, Any], value: Any, name: str) -> Iterator[str]:
    """Go through what is wrong with a value. `name`: of the field, or "" for the whole."""
    schema = _resolve(schema, form)
    choices = schema.get("anyOf") or schema.get("oneOf") or ()
    if choices and all(next(_problems(one, form, value, name), None) for one in choices):
        yield from _problems_of_choice(choices, form, value, name)
        yield _wrong(name, _describe(schema, form), value)
        return
    for part in schema.get("allOf", ()):
        yield from _problems(part, form, value, name)
    if not _is_of_kind(schema, value) or not _is_chosen(schema, value):
        yield _wrong(name, _describe(schema, form), value)
        return
    if isinstance(value, dict):
        yield from _problems_of_fields(schema, form, value, name)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _problems(schema.get("items", {}), form, item, f"{name}[{number}]")
    elif isinstance(value, str):
        yield from _problems_of_text(schema, form, value, name)
    yield from _problems_with_limits(schema, value, name)


def _problems_of_choice(
    choices: list[dict[str, Any]], form: dict[str, Any], value: Any, name: str
) -> Iterator[str]:
    """Tell what is wrong by the one choice that is of the right kind, if there is one."""
    of_kind = [one for one in choices if _is_of_kind(_resolve(one, form), value)]
    if len(of_kind) == 1:
        yield from _problems(of_kind[0], form, value, name)


def _problems_with_limits(schema: dict[str, Any], value: Any, name: str) -> Iterator[str]:
    for word, said, holds in _LIMITS:
        about = next((kind for end, kind in _LIMITED.items() if word.endswith(end)), (int, float))
        if word in schema and isinstance(value, about) and not holds(value, schema[word]):
            yield _wrong(name, said.format(schema[word]), value)


def _problems_of_text(
    schema: dict[str, Any], form: dict[str, Any], value: str, name: str
) -> Iterator[str]:
    if "format" in schema and schema["format"] in _FORMATS:
        try:
            _FORMATS[schema["format"]][1](value)
        except ValueError:
            yield _wrong(name, _describe(schema, form), value)
    if "pattern" in schema:
        try:
            fits = re.search(schema["pattern"], value) is not None
        except re.error:  # of another dialect: the type itself will check it
            fits = True
        if not fits:
            yield _wrong(name, f"text like {schema['pattern']}", value)


def _problems_of_fields(
    schema: dict[str, Any], form: dict[str, Any], value: dict[str, Any], name: str
) -> Iterator[str]:
    fields = schema.get("properties", {})
    above = f"{name}." if name else ""
    more = schema.get("additionalProperties")
    for field, entered in value.items():
        if field in fields:
            yield from _problems(fields[field], form, entered, f"{above}{field}")
        elif isinstance(more, dict):
            yield from _problems(more, form, entered, f"{above}{field}")
        elif fields and not more:
            yield f"there is no field {above + field!r}; it asks for {_names(fields)}"
    for field in schema.get("required", ()):
        if field not in value:
            wanted = _describe(fields.get(field, {}), form)
            yield f"{above}{field} is missing; it must be {wanted}"


def _wrong(name: str, wanted: str, value: Any) -> str:
    return f"{name or 'it'} must be {wanted}, and not {json.dumps(value, ensure_ascii=False)}"


def _names(fields: dict[str, Any]) -> str:
    return ", ".join(fields)


def _resolve(schema: dict[str, Any], form: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference to the definitions of the form."""
    while "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        schema = form.get("$defs", {}).get(name, {})
    return schema


def _is_of_kind(schema: dict[str, Any], value: Any) -> bool:
    kinds = schema.get("type")
    if kinds is None:
        return True
    wanted = [kinds] if isinstance(kinds, str) else kinds
    if isinstance(value, bool):
        return "boolean" in wanted
    return any(isinstance(value, _KINDS.get(kind, object)) for kind in wanted)


def _is_chosen(schema: dict[str, Any], value: Any) -> bool:
    if "const" in schema and value != schema["const"]:
        return False
    return "enum" not in schema or value in schema["enum"]


def _describe(schema: dict[str, Any], form: dict[str, Any]) -> str:
    """Say what a value must be."""
    schema = _resolve(schema, form)
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices:
        return " or ".join(dict.fromkeys(_describe(one, form) for one in choices))
    if "const" in schema:
        return json.dumps(schema["const"], ensure_ascii=False)
    if "enum" in schema:
        return "one of " + ", ".join(json.dumps(one, ensure_ascii=False) for one in schema["enum"])
    if schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]][0]
    kinds = schema.get("type", "any")
    wanted = [kinds] if isinstance(kinds, str) else kinds
    return " or ".join(_WORDS.get(kind, "a value") for kind in wanted)
