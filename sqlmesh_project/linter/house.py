"""House rules: every model says what a row is, and every column of a mart says what it means."""

from sqlmesh.core.linter.rule import Rule, RuleViolation
from sqlmesh.core.model import Model


def _is_ours(model: Model) -> bool:
    """External tables are described where they are made."""
    return not model.kind.is_external


class EveryModelHasAGrain(Rule):
    """Name the column or columns that tell the rows of the model apart, as grain."""

    def check_model(self, model: Model) -> RuleViolation | None:
        """One violation where the header names no grain."""
        return self.violation() if _is_ours(model) and not model.grains else None


class DescriptionNamesTheRow(Rule):
    """Begin the model's description with "One row per"."""

    def check_model(self, model: Model) -> RuleViolation | None:
        """One violation where the description is missing or begins otherwise."""
        begins = (model.description or "").startswith("One row per ")
        return self.violation() if _is_ours(model) and not begins else None


class EveryColumnOfAMartIsDescribed(Rule):
    """Describe every column of a mart, and none that it does not have: tooltips and the data dictionary read them."""

    def check_model(self, model: Model) -> RuleViolation | None:
        """One violation that names the columns."""
        if model.schema_name != "marts":
            return None
        columns, described = set(model.columns_to_types or {}), set(model.column_descriptions)
        missing = [f"{name} has no description" for name in sorted(columns - described)]
        stray = [f"{name} is described but no column" for name in sorted(described - columns)]
        return self.violation(f"{model.name}: {'; '.join(missing + stray)}.") if missing or stray else None
