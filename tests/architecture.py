"""A kind of import contract that import-linter lacks: certain modules may import these and nothing else."""

import sys
from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class OnlyContract(Contract):
    """`modules` and what is below them import the standard library and `allowed`, and nothing else."""

    type_name = "only"

    modules: Any = fields.SetField(subfield=fields.ModuleField())
    allowed: Any = fields.SetField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        roots: set[str] = {module.name for module in self.modules}
        importers = roots.union(*(graph.find_descendants(root) for root in roots))
        foreign = [
            f"{importer} imports {imported}"
            for importer in sorted(importers)
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
            if not self._may(imported)
        ]
        return ContractCheck(kept=not foreign, metadata={"foreign": foreign})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for line in check.metadata["foreign"]:
            output.print_error(line)

    def _may(self, imported: str) -> bool:
        return imported.partition(".")[0] in sys.stdlib_module_names or any(
            imported == name or imported.startswith(f"{name}.") for name in self.allowed
        )
