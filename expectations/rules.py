"""What a layer promises: one rule, in plain words, as one Great Expectations expectation.

A rule is `critical` when a number would be wrong without it, and then stops publishing; else it is a `warning`, which
is shown. Expectations that need a regular expression or a type fail on DuckDB in this version of Great Expectations;
what the native ones cannot say is a query of the rows that break the rule, and such a query selects keys only: its rows
are shown to people.
"""

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Literal

with warnings.catch_warnings():
    # Great Expectations imports a module that Python has deprecated; nobody here can act on it.
    warnings.simplefilter("ignore")
    import great_expectations.expectations as gxe

Severity = Literal["critical", "warning"]


@dataclass(frozen=True)
class Rule:
    """One promise about one table.

    breaking  SQL of the keys of the rows that break it; `{batch}` stands for the table, and takes no alias of its own
    """

    table: str
    words: str
    expectation: gxe.Expectation
    breaking: str

    @property
    def severity(self) -> Severity:
        """Whether publishing stops when the rule does not hold."""
        return "critical" if self.expectation.severity == "critical" else "warning"


@dataclass(frozen=True)
class Table:
    """One table: its name and the columns that tell its rows apart. Its methods make its rules."""

    name: str
    keys: tuple[str, ...]

    def rows(self, condition: str) -> str:
        """SQL of the keys of the rows for which a condition is true."""
        return f"SELECT {', '.join(self.keys)} FROM {{batch}} WHERE {condition}"

    def native(
        self, kind: type[gxe.Expectation], words: str, breaking: str, severity: Severity = "critical", **settings: Any
    ) -> Rule:
        """Any expectation of Great Expectations' own, as a rule of this table."""
        return Rule(self.name, words, kind(description=words, severity=severity, **settings), breaking)

    def no_rows(self, words: str, breaking: str, severity: Severity = "critical") -> Rule:
        """A query that finds nothing. It selects the keys and nothing else."""
        return self.native(gxe.UnexpectedRowsExpectation, words, breaking, severity, unexpected_rows_query=breaking)

    def never(self, words: str, condition: str, severity: Severity = "critical") -> Rule:
        """No row of this table for which the SQL condition is true."""
        return self.no_rows(words, self.rows(condition), severity)

    def identified(self) -> list[Rule]:
        """Every row can be told from every other: its key is there, once."""
        keys = ", ".join(self.keys)
        given = " OR ".join(f"{key} IS NOT NULL" for key in self.keys)
        twice = f"SELECT {keys} FROM {{batch}} WHERE {given} GROUP BY ALL HAVING count(*) > 1"
        if len(self.keys) == 1:
            words = f"Each {keys} is there once."
            unique = self.native(gxe.ExpectColumnValuesToBeUnique, words, twice, column=self.keys[0])
        else:
            words = f"Each combination of {' and '.join(self.keys)} is there once."
            unique = self.native(gxe.ExpectCompoundColumnsToBeUnique, words, twice, column_list=list(self.keys))
        return [unique, *self.present(*self.keys)]

    def present(self, *columns: str, severity: Severity = "critical") -> list[Rule]:
        """Columns that always have a value."""
        return [
            self.native(
                gxe.ExpectColumnValuesToNotBeNull,
                f"{column} always has a value.",
                self.rows(f"{column} IS NULL"),
                severity,
                column=column,
            )
            for column in columns
        ]

    def not_negative(self, *columns: str, severity: Severity = "critical") -> list[Rule]:
        """Amounts and counts that have no meaning below zero."""
        return [
            self.native(
                gxe.ExpectColumnValuesToBeBetween,
                f"{column} is never below zero.",
                self.rows(f"{column} < 0"),
                severity,
                column=column,
                min_value=0,
            )
            for column in columns
        ]

    def between(self, column: str, low: float, high: float, severity: Severity = "critical") -> Rule:
        """A number within its bounds, both included."""
        return self.native(
            gxe.ExpectColumnValuesToBeBetween,
            f"{column} is between {low:g} and {high:g}.",
            self.rows(f"{column} NOT BETWEEN {low} AND {high}"),
            severity,
            column=column,
            min_value=low,
            max_value=high,
        )

    def one_of(self, column: str, values: Sequence[str], severity: Severity = "critical") -> Rule:
        """A word of a known vocabulary, or nothing."""
        known = ", ".join(f"'{value}'" for value in values)
        return self.native(
            gxe.ExpectColumnValuesToBeInSet,
            f"{column} is one of: {', '.join(values)}.",
            self.rows(f"{column} NOT IN ({known})"),
            severity,
            column=column,
            value_set=list(values),
        )

    def points_to(self, other: str, *columns: str, there: str | None = None, severity: Severity = "critical") -> Rule:
        """A reference that, where it is given, finds its row.

        columns  those the two tables share; the last one is the reference, the ones before it say within what
        there    the reference's name in the other table, where it is another
        """
        reference = columns[-1]
        found = ", ".join([*columns[:-1], f"{there or reference} AS {reference}"])
        return self.no_rows(
            f"Every {reference} is found in {other}.",
            f"SELECT {', '.join(self.keys)} FROM {{batch}} ANTI JOIN (SELECT {found} FROM {other}) "
            f"USING ({', '.join(columns)}) WHERE {reference} IS NOT NULL",
            severity,
        )

    def keeps_rows(self, before: int, share: float, severity: Severity) -> Rule:
        """It has lost no more than a share of the rows it had."""
        return self.native(
            gxe.ExpectTableRowCountToBeBetween,
            f"It has lost no more than {share:.0%} of the {before:,} rows published last.",
            f"SELECT '{before} rows before, ' || count(*) || ' now' FROM {{batch}}",
            severity,
            min_value=ceil(before * (1 - share)),
        )


def flat(*rules: Rule | Iterable[Rule]) -> tuple[Rule, ...]:
    """Rules and lists of rules as one list."""
    found: list[Rule] = []
    for rule in rules:
        found.extend([rule] if isinstance(rule, Rule) else rule)
    return tuple(found)
