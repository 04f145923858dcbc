"""What staff do about a verdict and its Export File."""

from typing import Any

from compliance import exports
from nt24.staff.moves import Done, Move
from orders.models import Order


class RegenerateExport(Move[Order]):
    name, label = "regenerate-export", "Make a new Export File version"
    about = "From the facts as they are now. The versions before it are kept, and superseded."
    permission = "compliance.change_exportfile"
    place = "exportFile"

    def is_possible(self) -> bool:
        return self.record.is_judged

    def run(self, data: dict[str, Any]) -> Done:
        exports.regenerate_export(self.record, by=self.by)
        return Done("A new version is being made; it is ready in a moment.")
