"""Cache keys: what they depend on, what they are made of, and why there may be none."""

from __future__ import annotations

import os
import pickle
import threading
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from penstock import cache_policies
from penstock._fingerprint.code import CodeFingerprint
from penstock.caching import (
    DEFAULT,
    FLOW_PARAMETERS,
    INPUTS,
    NO_CACHE,
    NONE,
    RUN_ID,
    TASK_SOURCE,
    CacheKeyFnPolicy,
    CachePolicy,
    File,
    Inputs,
    NotCacheable,
    explain_key,
    task_input_hash,
)

if TYPE_CHECKING:
    from pathlib import Path

RATE = 2


def load(x: Any) -> Any:
    return RATE * x


def other(x: Any) -> Any:
    return x


def context(fn: Any = load, flow_run: str | None = "flow-1", task_run: str = "task-1") -> Any:
    task = SimpleNamespace(fn=fn, task_key=f"m.{fn.__name__}", code=CodeFingerprint(fn))
    return SimpleNamespace(task=task, task_run=SimpleNamespace(id=task_run, flow_run_id=flow_run))


def key(
    policy: CachePolicy, ctx: Any = None, flow: dict[str, Any] | None = None, **inputs: Any
) -> str:
    made = policy.compute_key(ctx or context(), inputs, flow or {})
    assert made is not None
    assert len(made) <= 64
    return made


class ByLength(CachePolicy):
    def compute_key(self, task_ctx: Any, inputs: Any, flow_parameters: Any, **kwargs: Any) -> str:
        return str(len(inputs["x"]))


def test_inputs_decide_by_content_and_name() -> None:
    assert key(INPUTS, x=[1, {"a": 2, "b": 3}]) == key(INPUTS, x=[1, {"b": 3, "a": 2}])
    assert key(INPUTS, x=1, y=2) == key(INPUTS, y=2, x=1)
    assert (
        len(
            {
                key(INPUTS, **kw)
                for kw in ({"x": 1}, {"x": 2}, {"y": 1}, {"x": True}, {}, {"x": 1, "y": 1})
            }
        )
        == 6
    )


def test_two_tasks_never_share_a_key_of_ours() -> None:
    for policy in (INPUTS, RUN_ID, DEFAULT, TASK_SOURCE, ByLength() + INPUTS):
        assert key(policy, context(), x="1") != key(policy, context(other), x="1")
    assert task_input_hash(context(), {"x": 1}) != task_input_hash(context(other), {"x": 1})


def test_excluded_inputs_do_not_count() -> None:
    policy = INPUTS - "debug" - "verbose"

    assert policy == Inputs(exclude=["verbose", "debug"])
    assert key(policy, x=1, debug=True) == key(policy, x=1, debug=threading.Lock(), verbose=1)
    assert key(DEFAULT - "debug", x=1, debug=1) == key(DEFAULT - "debug", x=1, debug=2)
    assert key((INPUTS - "a") + (INPUTS - "b"), a=1, b=1) == key(INPUTS - "a" - "b", a=2, b=2)
    assert TASK_SOURCE - "x" is TASK_SOURCE
    with pytest.raises(TypeError):
        INPUTS - 1


def test_source_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    before = key(TASK_SOURCE), key(INPUTS, x=1), task_input_hash(context(), {"x": 1})

    monkeypatch.setitem(globals(), "RATE", 3)

    assert key(TASK_SOURCE) != before[0]
    assert key(INPUTS, x=1) == before[1]
    assert task_input_hash(context(), {"x": 1}) != before[2]


def test_run_id_is_the_flow_runs_or_else_the_task_runs() -> None:
    assert key(RUN_ID, context(task_run="a")) == key(RUN_ID, context(task_run="b"))
    assert key(RUN_ID, context(flow_run="f")) != key(RUN_ID, context(flow_run="g"))
    loose = [context(flow_run=None, task_run=name) for name in "ab"]
    assert key(RUN_ID, loose[0]) != key(RUN_ID, loose[1])


def test_flow_parameters_decide() -> None:
    assert key(FLOW_PARAMETERS, flow={"day": 1}) != key(FLOW_PARAMETERS, flow={"day": 2})
    assert FLOW_PARAMETERS.compute_key(context(), {"x": 1}, {}) is None


def test_no_cache_gives_no_key_and_drops_out_of_sums() -> None:
    assert NO_CACHE.compute_key(context(), {}, {}) is None
    assert NO_CACHE.or_none() is None
    assert NONE is NO_CACHE
    assert NO_CACHE + INPUTS == INPUTS + NO_CACHE == INPUTS
    assert (NO_CACHE + NONE).or_none() is None
    assert INPUTS.or_none() is INPUTS


def test_sums_do_not_depend_on_order_or_repetition() -> None:
    sums = [INPUTS + TASK_SOURCE + RUN_ID, RUN_ID + (TASK_SOURCE + INPUTS), DEFAULT + INPUTS]

    assert {key(policy, x=1) for policy in sums} == {key(DEFAULT, x=1)}


def test_policies_of_users_stand_alone_and_in_sums() -> None:
    class Never(CachePolicy):
        def compute_key(self, *_: Any, **__: Any) -> None:
            return None

    class Loose(Inputs):
        def compute_key(
            self, task_ctx: Any, inputs: Any, flow_parameters: Any, **kwargs: Any
        ) -> Any:
            return super().compute_key(task_ctx, {"x": round(inputs["x"])}, flow_parameters)

    assert key(ByLength(), x="ab") == "2"
    assert key(ByLength() + RUN_ID, x="ab") == key(RUN_ID + ByLength(), x="cd")
    assert key(ByLength() + RUN_ID, x="ab") != key(ByLength() + RUN_ID, x="abc")
    assert key(Never() + INPUTS, x=1) == key(INPUTS, x=1)
    assert key(Loose() + RUN_ID, x=1.1) == key(Loose() + RUN_ID, x=1.2)
    with pytest.raises(NotImplementedError, match="CachePolicy must define compute_key"):
        CachePolicy().compute_key(context(), {}, {})


def test_key_functions() -> None:
    policy = CacheKeyFnPolicy(lambda ctx, parameters: f"{ctx.task.task_key}-{parameters['x']}")

    assert key(policy, x=1) == "m.load-1"
    assert len(key(policy, x="long" * 100)) == 64
    assert CacheKeyFnPolicy(cache_key_fn=lambda *_: None).compute_key(context(), {}, {}) is None
    assert key(CachePolicy.from_cache_key_fn(task_input_hash), x=1) == task_input_hash(
        context(), {"x": 1}
    )
    assert key(policy + RUN_ID, x=1) != key(policy + RUN_ID, x=2)


def test_reason_names_the_argument() -> None:
    for make in (
        lambda: INPUTS.compute_key(context(), {"lock": threading.Lock()}, {}),
        lambda: (INPUTS + RUN_ID).compute_key(context(), {"lock": threading.Lock()}, {}),
        lambda: task_input_hash(context(), {"lock": threading.Lock()}),
    ):
        with pytest.raises(NotCacheable) as caught:
            make()
        assert str(caught.value) == "argument lock (_thread.lock) has no stable content"
        assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_parts_of_a_key_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    before = explain_key(DEFAULT, context(), {"x": 1, "y": 2}, {})
    assert before.keys() == {
        "argument x",
        "argument y",
        "source of load()",
        "global RATE",
        "flow run",
    }

    monkeypatch.setitem(globals(), "RATE", 3)
    after = explain_key(DEFAULT, context(), {"x": 5, "y": 2}, {})

    assert {name for name in after if after[name] != before[name]} == {"argument x", "global RATE"}
    by_hash = explain_key(CacheKeyFnPolicy(task_input_hash), context(), {"x": 1}, {})
    assert by_hash.keys() == {"argument x", "source of load()", "global RATE"}
    assert explain_key(ByLength(), context(), {"x": "abc"}, {}) == {"key of ByLength": "3"}


def test_settings_of_prefect_are_taken_or_refused_with_a_reason() -> None:
    assert INPUTS.configure() == INPUTS
    assert INPUTS.configure(isolation_level="SERIALIZABLE") == INPUTS
    with pytest.raises(ValueError, match="PENSTOCK_STORE"):
        INPUTS.configure(key_storage="s3://bucket")
    with pytest.raises(ValueError, match="one task run at a time"):
        INPUTS.configure(lock_manager=object())
    with pytest.raises(ValueError, match="isolation_level='LOOSE'"):
        INPUTS.configure(isolation_level="LOOSE")


def test_file_counts_by_content(tmp_path: Path) -> None:
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    first.write_text("1,2")
    second.write_text("1,2")

    assert key(INPUTS, x=File(first)) == key(INPUTS, x=File(str(second)))
    assert key(INPUTS, x=first) != key(INPUTS, x=second)
    before = key(INPUTS, x=File(first))
    first.write_text("1,3")
    assert key(INPUTS, x=File(first)) != before
    with open(File(first)) as file:  # noqa: PTH123 - what takes paths takes a File
        assert file.read() == "1,3"


def test_file_that_has_rested_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    path.write_text("old")
    os.utime(path, (1e9, 1e9))
    before = key(INPUTS, x=File(path))

    with path.open("r+") as file:  # the same file, size and time: nothing tells it apart
        file.write("new")
    os.utime(path, (1e9, 1e9))
    assert key(INPUTS, x=File(path)) == before

    os.utime(path, (1e9, 1e9 + 1))
    assert key(INPUTS, x=File(path)) != before


def test_file_that_is_missing_is_a_reason(tmp_path: Path) -> None:
    with pytest.raises(
        NotCacheable, match=r"argument x \(File '.*gone'\) cannot be read \(No such"
    ):
        key(INPUTS, x=File(tmp_path / "gone"))


def test_policies_have_the_names_people_import() -> None:
    for name in cache_policies.__all__:
        assert getattr(cache_policies, name) is not None
