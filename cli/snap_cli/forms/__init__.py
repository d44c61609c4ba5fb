"""The form of every command's JSON, as TypedDicts: the contract that `snap schema` publishes.

The type checker holds `document()` of each result to its form. Results name forms for the type checker only: nothing
here is imported before a schema or one command's help is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from snap_cli.forms.common import CompletionForm, FailureForm, HelpForm, VersionForm
from snap_cli.forms.databases import (
    AllowForm,
    BackupCreateForm,
    BackupDrillForm,
    BackupListForm,
    BackupPruneForm,
    BackupRemoveForm,
    BackupRestoreForm,
    DbStatusForm,
    EnvForm,
    HealthForm,
    NightForm,
    RemoveDataForm,
    ResetForm,
    RestoreForm,
    StartForm,
    StopForm,
    UrlForm,
)
from snap_cli.forms.diff import DiffForm
from snap_cli.forms.images import ComposeForm, ImageForm
from snap_cli.forms.manifest import DiagramForm, ManifestForm, PageForm, SchemaForm
from snap_cli.forms.snapshots import (
    BuildForm,
    CaptureForm,
    CheckForm,
    FitForm,
    InitForm,
    ListForm,
    PreviewForm,
    RemoveForm,
    ShareForm,
)
from snap_cli.forms.status import StatusForm
from snap_cli.json_form import Form

__all__ = ["FORMS", "FailureForm"]

# By the words of the command. Options that parsing alone answers come last.
FORMS: Mapping[str, Form] = {
    "init": InitForm,
    "build": BuildForm | ShareForm,
    "publish": BuildForm,
    "preview": PreviewForm,
    "check": CheckForm,
    "fit": FitForm,
    "list": ListForm,
    "show": ManifestForm | SchemaForm | DiagramForm | PageForm,
    "status": StatusForm,
    "rm": RemoveForm,
    "restore": RestoreForm,
    "diff": DiffForm,
    "capture": CaptureForm,
    "health": HealthForm,
    "image": ImageForm,
    "compose": ComposeForm,
    "backup create": BackupCreateForm,
    "backup list": BackupListForm,
    "backup restore": BackupRestoreForm,
    "backup drill": BackupDrillForm,
    "backup prune": BackupPruneForm,
    "backup rm": BackupRemoveForm,
    "nightly run": NightForm,
    "nightly repair": NightForm,
    "db start": StartForm,
    "db stop": StopForm,
    "db status": DbStatusForm,
    "db url": UrlForm,
    "db env": EnvForm,
    "db reset": ResetForm,
    "db remove": RemoveDataForm,
    "db allow": AllowForm,
    "db psql": None,  # what psql prints is no JSON
    "schema": dict[str, Any],
    "completion": CompletionForm,
    "help": HelpForm,
    "--version": VersionForm,
    "--help": HelpForm,
}
