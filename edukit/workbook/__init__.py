"""Reading a county's workbook or CSV files into tidy frames that remember every cell's address."""

from edukit.workbook.reading import Workbook, digest, read, sources
from edukit.workbook.table import Sheet

__all__ = ["Sheet", "Workbook", "digest", "read", "sources"]
