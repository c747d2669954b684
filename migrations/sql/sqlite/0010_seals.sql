-- What seals refuse by themselves on SQLite: as with entries, the leaves come first and the seal last.

CREATE TRIGGER seal_check BEFORE INSERT ON seal
BEGIN
  SELECT RAISE(ABORT, 'seal_chain: does not follow the seal before it') WHERE
    NEW.sequence <> 1 + (SELECT coalesce(max(sequence), 0) FROM seal WHERE book_id = NEW.book_id)
    OR NEW.previous <> coalesce((SELECT hash FROM seal WHERE book_id = NEW.book_id AND sequence = NEW.sequence - 1), zeroblob(32))
    OR length(NEW.root) <> 32 OR length(NEW.hash) <> 32;
  SELECT RAISE(ABORT, 'seal_leaves: not the leaves of this many entries of the book') WHERE (
    SELECT count(*) <> NEW.size OR coalesce(min(s.position), -1) <> 0 OR max(s.position) <> NEW.size - 1 OR count(e.id) <> NEW.size
      FROM entry_seal s
      LEFT JOIN entry e ON e.id = s.entry_id AND e.book_id = s.book_id AND e.journal = s.journal AND e.period_id = s.period_id
     WHERE s.book_id = NEW.book_id AND s.sequence = NEW.sequence);
  SELECT RAISE(ABORT, 'seal_numbers: a gap in the numbers of a journal') WHERE EXISTS (
    SELECT 1 FROM entry_seal s WHERE s.book_id = NEW.book_id AND s.sequence = NEW.sequence GROUP BY s.journal, s.period_id
    HAVING max(s.number) - min(s.number) + 1 <> count(*) OR min(s.number) <> 1 + coalesce((
      SELECT max(o.number) FROM entry_seal o WHERE o.book_id = NEW.book_id AND o.journal = s.journal
         AND o.period_id = s.period_id AND o.sequence <> NEW.sequence), 0));
END

CREATE TRIGGER seal_kept_u BEFORE UPDATE ON seal BEGIN SELECT RAISE(ABORT, 'append_only: seal'); END

CREATE TRIGGER seal_kept_d BEFORE DELETE ON seal BEGIN SELECT RAISE(ABORT, 'append_only: seal'); END

CREATE TRIGGER entry_seal_check BEFORE INSERT ON entry_seal
WHEN EXISTS (SELECT 1 FROM seal WHERE book_id = NEW.book_id AND sequence = NEW.sequence)
    OR EXISTS (SELECT 1 FROM entry_seal WHERE entry_id = NEW.entry_id)
    OR EXISTS (SELECT 1 FROM entry_seal WHERE book_id = NEW.book_id AND sequence = NEW.sequence AND position = NEW.position)
    OR EXISTS (SELECT 1 FROM entry_seal WHERE book_id = NEW.book_id AND journal = NEW.journal
                  AND period_id = NEW.period_id AND number = NEW.number)
BEGIN SELECT RAISE(ABORT, 'entry_sealed: the seal is complete, or the place is taken'); END

CREATE TRIGGER entry_seal_kept_u BEFORE UPDATE ON entry_seal BEGIN SELECT RAISE(ABORT, 'append_only: entry_seal'); END

CREATE TRIGGER entry_seal_kept_d BEFORE DELETE ON entry_seal BEGIN SELECT RAISE(ABORT, 'append_only: entry_seal'); END
