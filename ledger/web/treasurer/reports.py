"""The statements of a book: one table each, on screen for a period, and as files of the same rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, BinaryIO, Final, Protocol

from flask import Response
from sqlalchemy.orm import Session

from ledger import clock
from ledger.books import book
from ledger.books.refusals import UnknownSeal
from ledger.errors import Invalid, NotFound
from ledger.projects.queries import OrganisationRow
from ledger.statements import (
    as_known,
    auxiliary_ledger,
    balance_sheet,
    dedicated_funds,
    fec,
    fec_file,
    general_ledger,
    income_statement,
    journal_book,
    layout,
    mandate_account,
    plain_text,
    project_account,
    spans,
    table_csv,
    table_pdf,
    table_xlsx,
    trial_balance,
)
from ledger.statements import table as tables
from ledger.statements.plain_text import Program
from ledger.statements.project_account import Preset
from ledger.statements.spans import Span
from ledger.statements.table import Column, Row, Table
from ledger.web import fields, files
from ledger.web.context import Context
from ledger.web.treasurer import access
from ledger.web.treasurer.statement import PeriodSchema


class Draw(Protocol):
    """Draws a statement of a book for a span in a language, as known now or at a seal."""

    def __call__(
        self, session: Session, book_id: int, span: Span, locale: str, /, *, known_at: int | None = None
    ) -> Table:
        """Draw it from the caller's snapshot."""
        ...


@dataclass(frozen=True, slots=True)
class Report:
    """A statement: the word that its address has in each language, its title, what draws it, and for which charts."""

    words: Mapping[str, str]
    title: Callable[[str], str]
    draw: Draw
    suits: Callable[[str], bool] = lambda _chart: True


def _laid_out(statement: str) -> Callable[[str], bool]:
    return lambda chart: statement in layout.statements(chart)


REPORTS: Final = (
    Report({"fr": "balance", "en": "trial-balance"}, trial_balance.title, trial_balance.draw),
    Report({"fr": "grand-livre", "en": "general-ledger"}, general_ledger.title, general_ledger.draw),
    Report({"fr": "journal", "en": "journal"}, journal_book.title, journal_book.draw),
    Report(
        {"fr": "contributions-volontaires", "en": "voluntary-contributions"},
        journal_book.voluntary_title,
        journal_book.draw_voluntary,
    ),
    Report({"fr": "auxiliaire", "en": "contributors"}, auxiliary_ledger.title, auxiliary_ledger.draw),
    Report(
        {"fr": "compte-de-resultat", "en": "income-statement"},
        income_statement.title,
        income_statement.draw,
        _laid_out("income_statement"),
    ),
    Report(
        {"fr": "compte-du-mandat", "en": "mandate-account"},
        mandate_account.title,
        mandate_account.draw,
        _laid_out("mandate_account"),
    ),
    Report({"fr": "bilan", "en": "balance-sheet"}, balance_sheet.title, balance_sheet.draw, _laid_out("balance_sheet")),
    Report(
        {"fr": "fonds-dedies", "en": "dedicated-funds"},
        dedicated_funds.title,
        dedicated_funds.draw,
        dedicated_funds.is_kept_by,
    ),
)

ON_SCREEN: Final = 500
"""Rows of a page; more would be slow to show and are not read there."""

SPREADSHEET: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a page shows of a statement. `cut` says that there are more rows; `seal` that it was drawn again there."""

    organisation: OrganisationRow
    table: Table
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    cut: bool
    presets: tuple[Preset, ...]
    reports: tuple[tuple[str, str], ...]
    seal: int | None


def show(context: Context, slug: str, report: str) -> Response:
    """Show a statement, with the form that chooses its period."""
    chosen = _named(report)
    sent = context.request.args.to_dict()
    try:
        sheet = _sheet(context, slug, chosen, fields.load(PeriodSchema(), sent))
        days = {"start": sheet.table.start.isoformat(), "end": sheet.table.end.isoformat()}
        form = fields.empty(**days, seal=str(sheet.seal or ""))
    except fields.FormInvalid as error:
        form, sheet = error.form, _sheet(context, slug, chosen, {})
    except (Invalid, UnknownSeal) as error:
        field = "seal" if isinstance(error, UnknownSeal) else "end"
        form, sheet = fields.with_error(sent, error, field), _sheet(context, slug, chosen, {})
    return context.render(
        "treasurer/report.html",
        http=422 if form.problems else 200,
        sheet=sheet,
        form=form,
        here=chosen.words[context.locale],
    )


def links(session: Session, book_id: int, locale: str) -> tuple[tuple[str, str], ...]:
    """Give the word and the title of every statement that a book's chart has, for a list of links."""
    chart = book.chart_of(session, book_id).name
    return tuple((report.words[locale], report.title(locale)) for report in REPORTS if report.suits(chart))


def file(context: Context, slug: str, report: str, suffix: str) -> Response:
    """Answer a statement as a file."""
    write = WRITERS.get(suffix)
    if write is None:
        raise NotFound(suffix=suffix)
    return write(context, slug, _named(report))


def entries_file(context: Context, slug: str, year: int) -> Response:
    """Answer the accounting entries of the year that closes in a calendar year, as tax law has them."""
    with context.means.database.reading() as session:
        organisation = access.to_read(session, context, slug)
        span = spans.year_closing_in(session, organisation.book_id, year)
        content = files.spooled(fec_file.encode(fec.lines(session, organisation.book_id, span)))
    name = fec_file.file_name(organisation.siren, span.end)
    return files.download(content, media_type="text/plain; charset=utf-8", name=name)


def _csv(context: Context, slug: str, report: Report) -> Response:
    with context.means.database.reading() as session:
        table = _table(session, context, slug, report)[1]
        content = files.spooled(table_csv.encode(table))
    return files.download(content, media_type="text/csv; charset=utf-8", name=table.file_name("csv"))


def _xlsx(context: Context, slug: str, report: Report) -> Response:
    with context.means.database.reading() as session:
        table = _table(session, context, slug, report)[1]

        def write(file: BinaryIO) -> None:
            table_xlsx.write(table, file)

        content = files.written(write)
    return files.download(content, media_type=SPREADSHEET, name=table.file_name("xlsx"))


def _pdf(context: Context, slug: str, report: Report) -> Response:
    means = context.means
    with means.database.reading() as session:
        issuer, table = _table(session, context, slug, report)
        document = table_pdf.compose(table, issuer, context.locale, templates=means.templates, now=context.now)
    content = table_pdf.render(document, table, issuer, context.locale, pdf=means.pdf)
    return files.inline(content, media_type="application/pdf", name=table.file_name("pdf"))


def _plain(program: Program) -> Callable[[Context, str, Report], Response]:
    """Give the writer of the plain-text journal for a program; it holds everything up to the last day."""

    def write(context: Context, slug: str, report: Report) -> Response:
        with context.means.database.reading() as session:
            organisation, table = _table(session, context, slug, report)
            content = files.spooled(plain_text.encode(session, organisation.book_id, table.end, program))
        name = f"{organisation.slug}_{table.end}.{plain_text.SUFFIXES[program]}"
        return files.download(content, media_type="text/plain; charset=utf-8", name=name)

    return write


WRITERS: Final[Mapping[str, Callable[[Context, str, Report], Response]]] = {
    "csv": _csv,
    "xlsx": _xlsx,
    "pdf": _pdf,
    **{plain_text.SUFFIXES[program]: _plain(program) for program in Program},
}


def _named(word: str) -> Report:
    """Give the statement that has this word in its address, in whichever language."""
    for report in REPORTS:
        if word in report.words.values():
            return report
    raise NotFound(report=word)


def _table(session: Session, context: Context, slug: str, report: Report) -> tuple[OrganisationRow, Table]:
    organisation = access.to_read(session, context, slug)
    return organisation, _draw(
        session, context, organisation, report, fields.load(PeriodSchema(), context.request.args)
    )


def _draw(
    session: Session, context: Context, organisation: OrganisationRow, report: Report, asked: Mapping[str, Any]
) -> Table:
    """Draw a statement, with the note that names its seal; one that the book's chart does not have is not there."""
    if not report.suits(book.chart_of(session, organisation.book_id).name):
        raise NotFound(report=report.words[context.locale])
    span, seal = _span(session, context, organisation, asked), asked.get("seal")
    knowledge = as_known.at(session, organisation.book_id, seal)
    table = report.draw(session, organisation.book_id, span, context.locale, known_at=seal)
    return replace(table, note=knowledge.say(context.locale))


def _sheet(context: Context, slug: str, report: Report, asked: Mapping[str, Any]) -> Sheet:
    with context.means.database.reading() as session:
        organisation = access.to_read(session, context, slug)
        table = _draw(session, context, organisation, report, asked)
        columns, rows = tables.for_pages(table, longest=ON_SCREEN)
        presets = _presets(session, context, organisation)
        reports = links(session, organisation.book_id, context.locale)
    return Sheet(
        organisation, table, columns, rows[:ON_SCREEN], len(rows) > ON_SCREEN, presets, reports, asked.get("seal")
    )


def _span(session: Session, context: Context, organisation: OrganisationRow, period: Mapping[str, Any]) -> Span:
    """Give the days that were asked for; today ends, and the accounting year begins, what was left open."""
    end = period.get("end") or clock.day_in_paris(context.now)
    start = period.get("start") or spans.year_around(session, organisation.book_id, end).start
    return Span(start, end)


def _presets(session: Session, context: Context, organisation: OrganisationRow) -> tuple[Preset, ...]:
    """Give the usual periods: months of the calendar, years of the book."""
    today = clock.day_in_paris(context.now)
    year = spans.year_around(session, organisation.book_id, today)
    last = spans.year_around(session, organisation.book_id, year.start - timedelta(days=1))
    months = [preset for preset in project_account.presets(context.now) if preset.code.endswith("month")]
    return (*months, Preset("this_year", year.start, today), Preset("last_year", last.start, last.end))
