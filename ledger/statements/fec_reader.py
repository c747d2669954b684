"""Any FEC as records, whoever wrote it: encodings, line ends, separators and the quirks that programs have.

What is odd and still means one thing is read and remarked on; `fec_check` judges what the records say.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from ledger.statements.fec_file import COLUMNS

BLOCK: Final = 1 << 16
LINE_END: Final = re.compile(rb"\r*\n|\r")
SEPARATORS: Final = ("\t", "|", ";", ",")
LEGAL_SEPARATORS: Final = frozenset("\t|")
MARK: Final = b"\xef\xbb\xbf"
LONGEST: Final = 1 << 20
"""A line of a million characters is not a line of a FEC."""

DIRECTION: Final = ("Montant", "Sens")
"""What some files have in the place of Debit and Credit (A47 A-1, VII)."""

SIDES: Final = ("Debit", "Credit")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a line: a defect, or only a remark on what is tolerated. `n` is 0 for the file as a whole."""

    n: int
    code: str
    detail: str = ""
    defect: bool = True


@dataclass(frozen=True, slots=True)
class Record:
    """A line of the file: its number, and its fields by the names of the law."""

    n: int
    fields: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        """Give a field without the spaces around it; nothing for a column that is not there."""
        return self.fields.get(name, "")


@dataclass(slots=True)
class Reading:
    """A file being read: what was found of its form so far, in the order of the lines."""

    findings: list[Finding] = field(default_factory=list)
    noted: set[str] = field(default_factory=set)
    separator: str = ""
    names: tuple[str, ...] = ()

    def defect(self, n: int, code: str, detail: str = "") -> None:
        """Add a defect."""
        self.findings.append(Finding(n, code, detail))

    def remark(self, n: int, code: str, detail: str = "") -> None:
        """Add a remark, once for a file: programs do the same thing on every line."""
        if code not in self.noted:
            self.noted.add(code)
            self.findings.append(Finding(n, code, detail, defect=False))


def records(file: BinaryIO, reading: Reading) -> Iterator[Record]:
    """Read the records of a file one after another, telling `reading` what is wrong with their form."""
    texts = _texts(file, reading)
    header = next(texts, None)
    if header is None or not header[1].strip():
        reading.defect(1, "no_header")
        return
    _read_header(header[1], reading)
    for n, text in texts:
        if not text.strip():
            reading.defect(n, "empty_line")
            continue
        values = [value.replace("\xa0", " ").strip() for value in text.split(reading.separator)]
        if len(values) == len(reading.names) + 1 and not values[-1]:
            reading.remark(n, "trailing_separator")
            values.pop()
        if len(values) != len(reading.names):
            reading.defect(n, "field_count", f"{len(values)} fields, {len(reading.names)} columns")
            continue
        yield Record(n, dict(zip(reading.names, values, strict=True)))


def _read_header(text: str, reading: Reading) -> None:
    reading.separator = max(SEPARATORS, key=text.count)
    if reading.separator not in LEGAL_SEPARATORS:
        reading.defect(1, "separator", reading.separator)
    said = [name.strip() for name in text.split(reading.separator)]
    if said and not said[-1]:
        reading.remark(1, "trailing_separator")
        said.pop()
    known = {_plain(name): name for name in (*COLUMNS, *DIRECTION)}
    reading.names = tuple(known.get(_plain(name), name) for name in said)
    for name in {name for name in reading.names if reading.names.count(name) > 1}:
        reading.defect(1, "column_twice", name)
    wanted = _wanted(reading.names)
    for name in wanted:
        if name not in reading.names:
            reading.defect(1, "column_missing", name)
    extra = [name for name in reading.names if name not in wanted]
    if extra:
        reading.remark(1, "columns_added", ", ".join(extra))
    present = [name for name in wanted if name in reading.names]
    if [name for name in reading.names if name in wanted] != present:
        reading.defect(1, "column_order", ", ".join(reading.names))


def _wanted(names: tuple[str, ...]) -> tuple[str, ...]:
    if not set(DIRECTION) <= set(names) or set(SIDES) <= set(names):
        return COLUMNS
    first = COLUMNS.index(SIDES[0])
    return (*COLUMNS[:first], *DIRECTION, *COLUMNS[first + 2 :])


def _plain(name: str) -> str:
    """Give a name without case, accents and punctuation, as the administration's own program compares them."""
    letters = unicodedata.normalize("NFKD", name.lower())
    return "".join(letter for letter in letters if letter.isalnum())


def _texts(file: BinaryIO, reading: Reading) -> Iterator[tuple[int, str]]:
    encoding = "utf-8"
    for n, (content, end) in enumerate(_split(file), start=1):
        line = content
        if n == 1 and line.startswith(MARK):
            reading.remark(1, "byte_order_mark")
            line = line.removeprefix(MARK)
        if b"\0" in line:
            reading.remark(n, "zero_byte")
            line = line.replace(b"\0", b"")
        if len(end) > len(b"\r\n"):
            reading.remark(n, "line_end", "CR CR LF")
        if len(line) > LONGEST:
            reading.defect(n, "line_too_long")
            return
        try:
            text = line.decode(encoding)
        except UnicodeDecodeError:
            encoding = "iso-8859-15"
            reading.remark(n, "encoding", "ISO-8859-15")
            text = line.decode(encoding)
        yield n, text


def _split(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """Divide a file into lines and what ends them, a block at a time."""
    rest = b""
    while block := file.read(BLOCK):
        rest += block
        start = 0
        for match in LINE_END.finditer(rest):
            if match.group() == b"\r" and not rest[match.start() :].strip(b"\r"):
                break  # the next block may go on with a line feed
            yield rest[start : match.start()], match.group()
            start = match.end()
        rest = rest[start:]
        if len(rest) > 2 * LONGEST:
            break
    for line in LINE_END.split(rest) if rest else ():
        if line:
            yield line, b""
