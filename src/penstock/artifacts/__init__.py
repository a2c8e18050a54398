"""What flows and tasks leave for people to look at: figures, tables, texts, numbers.

An artifact belongs to the run that saves it, and is kept like a finished task: when the
call returns, a `kill -9` does not lose it. Artifacts of one key are versions of one thing,
over all runs. A task that is not executed again keeps those it has saved.

The `create_…` functions are those that scripts written for Prefect call. The `save_…`
functions keep what an analysis makes: figures, data frames, charts, numbers. No library
is imported for any of them.
"""

from penstock.artifacts._drafts import ArtifactId
from penstock.artifacts._figures import save_figure
from penstock.artifacts._pages import save_html
from penstock.artifacts._plain import (
    create_image_artifact,
    create_link_artifact,
    create_markdown_artifact,
    create_progress_artifact,
    save_number,
    update_progress_artifact,
)
from penstock.artifacts._tables import create_table_artifact, save_table
from penstock.artifacts._twins import (
    acreate_image_artifact,
    acreate_link_artifact,
    acreate_markdown_artifact,
    acreate_progress_artifact,
    acreate_table_artifact,
    aupdate_progress_artifact,
)

__all__ = [
    "ArtifactId",
    "acreate_image_artifact",
    "acreate_link_artifact",
    "acreate_markdown_artifact",
    "acreate_progress_artifact",
    "acreate_table_artifact",
    "aupdate_progress_artifact",
    "create_image_artifact",
    "create_link_artifact",
    "create_markdown_artifact",
    "create_progress_artifact",
    "create_table_artifact",
    "save_figure",
    "save_html",
    "save_number",
    "save_table",
    "update_progress_artifact",
]
