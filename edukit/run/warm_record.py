"""What a run has published so far, so that a killed one leaves the same notebook as under papermill."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from edukit.run.execution import Progress

if TYPE_CHECKING:
    from nbformat import NotebookNode


class Record:
    """Follows a run from outside of its process.

    Outputs are only kept here, not put together: mostly the run ends well and the process hands over its notebook.

    Attributes:
        progress: how far the run has come.
        values: the notebook's parameters.
        ready: what preparing a report has returned, pickled.
    """

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.values: Mapping[str, object] = {}
        self.ready = b""
        self._whole: NotebookNode | None = None
        self._published: list[tuple[int, list[bytes]]] = []

    def start(self, notebook: NotebookNode) -> None:
        """The kernel is there; the notebook as it is about to run."""
        self.progress.started(notebook)

    def reach(self, index: int) -> None:
        """A cell is about to run, counted from 0."""
        assert self.progress.notebook is not None
        self.progress.reached(self.progress.notebook.cells[index], index)

    def publish(self, frames: list[bytes]) -> None:
        """The kernel has sent a message."""
        self._published.append((self.progress.cell - 1, frames))

    def finish(self, notebook: NotebookNode | None) -> None:
        """The process itself says what the notebook looks like."""
        self._whole = notebook

    def notebook(self) -> NotebookNode | None:
        """The notebook with the outputs so far, or None where nothing ran."""
        if self._whole is None and self.progress.notebook is not None:
            self._whole = _replayed(self.progress.notebook, self._published)
        return self._whole


def _replayed(notebook: NotebookNode, published: list[tuple[int, list[bytes]]]) -> NotebookNode:
    """Put the messages into the cells as nbclient does while a notebook runs."""
    from jupyter_client.session import Session
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionComplete

    from edukit.run.warm_wire import read

    session = Session()
    session.auth = None
    client = NotebookClient(notebook, record_timing=False)
    here, asked = -1, None
    for index, frames in published:
        message = read(frames, session)
        if index != here and message["msg_type"] == "execute_input":
            here, asked = index, message["parent_header"]["msg_id"]
            notebook.cells[index].outputs = []
            client.clear_before_next_output = False
        if asked and message["parent_header"].get("msg_id") == asked:
            try:
                client.process_message(message, notebook.cells[index], index)
            except CellExecutionComplete:
                asked = None
    return notebook
