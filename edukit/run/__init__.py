"""Execute notebooks: check a call against the notebook's parameters, then run it through papermill, cold or warm."""

from edukit.run.execution import notebook_bytes
from edukit.run.notebook import run_notebook
from edukit.run.parameters import check_parameters

__all__ = ["check_parameters", "notebook_bytes", "run_notebook"]
