"""What a page costs: frames, memory, the work of an idle tab."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_RECORD_FRAMES = """
() => {
  const seen = { longest: 0, count: 0, last: performance.now(), gaps: [] };
  window.__frames = seen;
  const look = (now) => {
    const gap = now - seen.last;
    seen.last = now;
    seen.count += 1;
    seen.longest = Math.max(seen.longest, gap);
    if (gap > 50) seen.gaps.push(Math.round(gap));
    window.__frame = requestAnimationFrame(look);
  };
  requestAnimationFrame((now) => { seen.last = now; requestAnimationFrame(look); });
}
"""
_STOP_FRAMES = """
() => { cancelAnimationFrame(window.__frame); return window.__frames; }
"""


class Frames(NamedTuple):
    """The frames of a page over a while, in milliseconds."""

    count: int
    longest: float
    slow: list[int]  # each that took over 50


def record_frames(page: Page) -> None:
    """Begin to look at the frames."""
    page.evaluate(_RECORD_FRAMES)


def recorded_frames(page: Page) -> Frames:
    """Give what was seen since."""
    seen: dict[str, Any] = page.evaluate(_STOP_FRAMES)
    return Frames(int(seen["count"]), float(seen["longest"]), list(seen["gaps"]))


def processor_seconds(browser: Browser) -> float:
    """Add up the processor time of all processes that show pages."""
    session = browser.new_browser_cdp_session()
    answer: dict[str, Any] = session.send("SystemInfo.getProcessInfo")
    session.detach()
    shown = [one for one in answer["processInfo"] if one["type"] == "renderer"]
    return sum(float(one["cpuTime"]) for one in shown)
