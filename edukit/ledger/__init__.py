"""The problem ledger (问题台账、销号台账): what is wrong where, kept until it is put right and proven."""

from edukit.ledger.columns import COLUMNS, HIDDEN, ORIGINS, STATUSES, empty
from edukit.ledger.judged import entries
from edukit.ledger.updating import update

__all__ = ["COLUMNS", "HIDDEN", "ORIGINS", "STATUSES", "empty", "entries", "update"]
