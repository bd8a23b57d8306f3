"""What has to be there before any model runs."""

from sqlglot import exp
from sqlmesh import macro


@macro()
def prepare_warehouse(evaluator) -> exp.Expression:
    """Create the raw and ops tables that are not there yet, so that a plan works before the first load."""
    if evaluator.runtime_stage == "before_all":
        from countinghouse.warehouse.connect import prepare

        prepare(evaluator.engine_adapter.connection)
    # A statement has to come of it; SQLMesh warns of one that renders to nothing.
    return exp.select(exp.true())
