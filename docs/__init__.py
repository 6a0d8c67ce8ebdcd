"""The table of requirements and what keeps it true; nothing here is needed to make a report."""
