"""Fills a store with strings that would be code in a careless page.

Every string that a user or a user's data controls is a trap: if it is ever taken for
HTML, script or an address, it opens a dialog or asks a foreign host.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from penstock import flow, tags, task
from penstock.artifacts import (
    create_image_artifact,
    create_link_artifact,
    create_markdown_artifact,
    save_figure,
    save_html,
    save_table,
)
from penstock.logging import get_run_logger

HOST = "trap.invalid"
#: One string that breaks out of attributes, text, comments, scripts, styles and addresses.
POLYGLOT = (
    "jaVasCript:/*-/*`/*\\`/*'/*\"/**/(/* */oNcliCk=alert(1) )//"
    "</stYle/</titLe/</teXtarEa/</scRipt/--!>\\x3csVg/<sVg/oNloAd=alert(1)//>\\x3e"
)
IMAGE = f"\"'><img src=//{HOST}/i onerror=alert(2)><svg/onload=alert(3)>"
SCRIPT = "</script><script>alert(4)</script><iframe srcdoc='<script>parent.alert(5)</script>'>"
LINK = "javascript:alert(6)"
#: Takes the place of a good address behind the back of the functions that refuse a bad one.
SAFE = "https://example.org/to-be-replaced"
TEMPLATE = "{{constructor.constructor('alert(7)')()}}${alert(8)}"
STRINGS = (POLYGLOT, IMAGE, SCRIPT, TEMPLATE)
MARKDOWN = f"""# {IMAGE}

[link]({LINK}) [data](data:text/html,<script>alert(9)</script>) ![picture](//{HOST}/m.png)
<img src=//{HOST}/h onerror=alert(10)><script>alert(11)</script>
<a href="{LINK}" onclick="alert(12)">html</a> <{LINK}>

```html
{SCRIPT}
```

| {IMAGE} | b |
|---|---|
| {SCRIPT} | {POLYGLOT} |
"""
SVG = f"""<svg xmlns="http://www.w3.org/2000/svg" width="80" height="40" onload="alert(14)">
<script>alert(15)</script><image href="http://{HOST}/svg.png" width="9" height="9"/>
<foreignObject width="80" height="40"><img xmlns="http://www.w3.org/1999/xhtml" src="x"
onerror="alert(16)"/></foreignObject><rect width="80" height="40" fill="red"/></svg>"""
HTML = f"""<p>a picture from elsewhere</p><img src="//{HOST}/frame.png">
<script>
  try {{ parent.document.title = "taken"; }} catch (e) {{}}
  try {{ top.location = "//{HOST}/top"; }} catch (e) {{}}
  fetch("//{HOST}/fetch").catch(() => 0);
  fetch("/api/settings").catch(() => 0);
  alert(13);
</script>
<form action="//{HOST}/form"><button>send</button></form>"""


@task(name=IMAGE, task_run_name=SCRIPT, tags=[POLYGLOT])
def fail(value: str) -> None:
    get_run_logger().error("%s", value)
    raise ValueError(value)


@task(name=POLYGLOT)
def show() -> None:
    logger = get_run_logger()
    for string in STRINGS:
        logger.info("%s\x1b[31m%s\x1b[0m\n  %s", string, string, string)
    logger.info("http://%s/%s and %s", HOST, IMAGE, LINK)
    create_markdown_artifact(MARKDOWN, key="hostile-markdown", description=MARKDOWN)
    save_table(
        [{IMAGE: SCRIPT, POLYGLOT: LINK, "n": number} for number in range(3)],
        key="hostile-table",
        description=IMAGE,
    )
    create_link_artifact(SAFE, link_text=IMAGE, key="hostile-link", description=SCRIPT)
    create_image_artifact(SAFE, key="hostile-image", description=POLYGLOT)
    create_image_artifact(f"http://{HOST}/a.png", key="foreign-image", description=POLYGLOT)
    save_figure(SVG.encode(), key="hostile-figure", description=LINK)
    save_html(HTML, key="hostile-html", description=IMAGE)


@flow(name=f"hostile {IMAGE}", flow_run_name=SCRIPT)
def hostile(value: str, more: dict[str, object]) -> None:
    show()
    fail(value)


def main() -> None:
    with tags(IMAGE, SCRIPT):
        for string in STRINGS:
            hostile(string, {string: [string, {"nested": IMAGE}]}, return_state=True)
    database = Path(os.environ["PENSTOCK_HOME"], "penstock.db")
    with closing(sqlite3.connect(database)) as store, store:
        change = "UPDATE artifact SET content = CAST(replace(content, ?, ?) AS BLOB)"
        store.execute(f"{change} WHERE kind IN ('link', 'image')", (SAFE, LINK))


if __name__ == "__main__":
    main()
