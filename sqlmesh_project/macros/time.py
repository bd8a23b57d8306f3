"""Whose day it is, and what is new since the last run."""

from sqlglot import exp
from sqlmesh import macro


@macro()
def local_date(evaluator, instant: exp.Expression, timezone: exp.Expression) -> exp.Expression:
    """The calendar day of a UTC instant in a time zone."""
    aware = exp.AtTimeZone(this=exp.cast(instant, exp.DataType.Type.TIMESTAMP), zone=exp.Literal.string("UTC"))
    return exp.cast(exp.AtTimeZone(this=aware, zone=timezone), exp.DataType.Type.DATE)


@macro()
def utc_instant(evaluator, local: exp.Expression, timezone: exp.Expression) -> exp.Expression:
    """The UTC instant of a local clock's time."""
    aware = exp.AtTimeZone(this=exp.cast(local, exp.DataType.Type.TIMESTAMP), zone=timezone)
    return exp.AtTimeZone(this=aware, zone=exp.Literal.string("UTC"))


@macro()
def is_new(evaluator, loaded_at: exp.Expression) -> exp.Expression:
    """Whether a row was loaded since the period began that this run completes.

    There is no upper bound: the warehouse has one writer, so nothing arrives while models run, and a row loaded in the
    same millisecond in which the run began would otherwise wait for the next run.
    """
    start = exp.cast(exp.Literal.string(str(evaluator.locals["start_ts"])), exp.DataType.Type.TIMESTAMP)
    return exp.GTE(this=exp.paren(loaded_at), expression=start)


def _each(first: exp.Expression, last: exp.Expression, unit: str) -> exp.Expression:
    step = exp.Interval(this=exp.Literal.string("1"), unit=exp.var(unit))
    series = exp.Anonymous(
        this="GENERATE_SERIES",
        expressions=[exp.cast(first, exp.DataType.Type.TIMESTAMP), exp.cast(last, exp.DataType.Type.TIMESTAMP), step],
    )
    return exp.cast(exp.Anonymous(this="UNNEST", expressions=[series]), exp.DataType.Type.DATE)


@macro()
def each_day(evaluator, first: exp.Expression, last: exp.Expression) -> exp.Expression:
    """One row for each day from the first to the last."""
    return _each(first, last, "DAY")


@macro()
def each_month(evaluator, first: exp.Expression, last: exp.Expression) -> exp.Expression:
    """One row for the first day of each month from the first to the last."""
    return _each(first, last, "MONTH")


@macro()
def months_between(evaluator, first: exp.Expression, last: exp.Expression) -> exp.Expression:
    """Calendar months from one day's month to the other's."""

    def number(day: exp.Expression) -> exp.Expression:
        year = exp.Extract(this=exp.var("YEAR"), expression=day.copy())
        month = exp.Extract(this=exp.var("MONTH"), expression=day.copy())
        return exp.paren(exp.Add(this=exp.Mul(this=year, expression=exp.Literal.number(12)), expression=month))

    return exp.paren(exp.Sub(this=number(last), expression=number(first)))
