-- What the book refuses by itself on SQLite. One statement in each paragraph.
-- A refusal's message begins with the name of a rule; ledger/books/refusals.py knows the names.
-- SQLite has one writer, so an entry's id is the order of commits, and its epoch. INSERT OR REPLACE deletes rows
-- without firing their DELETE triggers, hence the triggers called ..._replace.

CREATE TRIGGER entry_replace BEFORE INSERT ON entry
BEGIN
  SELECT RAISE(ABORT, 'uq_entry_reverses_id: reversed already') WHERE EXISTS (SELECT 1 FROM entry WHERE reverses_id = NEW.reverses_id);
  SELECT RAISE(ABORT, 'uq_entry_book_id_source: posted already') WHERE EXISTS (SELECT 1 FROM entry WHERE book_id = NEW.book_id AND source = NEW.source);
END

CREATE TRIGGER entry_order BEFORE INSERT ON entry
WHEN NEW.id <= (SELECT coalesce(max(id), 0) FROM entry) OR NEW.epoch IS NOT NEW.id
BEGIN SELECT RAISE(ABORT, 'entry_order: ids only grow, and the epoch is the id'); END

CREATE TRIGGER entry_check BEFORE INSERT ON entry
BEGIN
  SELECT RAISE(ABORT, 'entry_dates: not a day or an instant') WHERE NEW.effective_on IS NOT date(NEW.effective_on, '+0 days')
    OR NEW.occurred_on IS NOT date(NEW.occurred_on, '+0 days')
    OR datetime(NEW.recorded_at) IS NULL OR NEW.recorded_at NOT LIKE '____-__-__ __:__:__.______';
  SELECT RAISE(ABORT, 'entry_period_open: the period is closed or does not cover the day') WHERE NOT EXISTS (
    SELECT 1 FROM period WHERE id = NEW.period_id AND book_id = NEW.book_id AND closed_at IS NULL
       AND NEW.effective_on BETWEEN starts_on AND ends_on);
  SELECT RAISE(ABORT, 'entry_account_known: an account that the book does not have') WHERE EXISTS (
    SELECT 1 FROM posting l WHERE l.entry_id = NEW.id
       AND NOT EXISTS (SELECT 1 FROM account a WHERE a.id = l.account_id AND a.book_id = NEW.book_id));
  SELECT RAISE(ABORT, 'entry_account_open: an account that is closed') WHERE EXISTS (
    SELECT 1 FROM posting l JOIN account a ON a.id = l.account_id
     WHERE l.entry_id = NEW.id AND a.closed_on < NEW.effective_on);
  SELECT RAISE(ABORT, 'entry_balanced: too few lines, or lines of another day') WHERE (
    SELECT count(*) < 2 OR sum(effective_on IS NOT NEW.effective_on) > 0 FROM posting WHERE entry_id = NEW.id);
  SELECT RAISE(ABORT, 'entry_balanced: debits and credits differ') WHERE EXISTS (
    SELECT 1 FROM posting l JOIN account a ON a.id = l.account_id
     WHERE l.entry_id = NEW.id GROUP BY a.currency HAVING sum(l.amount) <> 0);
  SELECT RAISE(ABORT, 'entry_project_balanced: the lines of a project do not sum to zero') WHERE EXISTS (
    SELECT 1 FROM posting l JOIN account a ON a.id = l.account_id
     WHERE l.entry_id = NEW.id AND l.project <> '' GROUP BY l.project, a.currency HAVING sum(l.amount) <> 0);
  SELECT RAISE(ABORT, 'entry_journal_known: a journal that the book does not have') WHERE NOT EXISTS (
    SELECT 1 FROM journal WHERE book_id = NEW.book_id AND code = NEW.journal);
  SELECT RAISE(ABORT, 'entry_mirror: not the mirror of an entry that can be reversed') WHERE NEW.reverses_id IS NOT NULL AND (
    NOT EXISTS (SELECT 1 FROM entry WHERE id = NEW.reverses_id AND book_id = NEW.book_id AND reverses_id IS NULL)
    OR EXISTS (SELECT 1 FROM posting WHERE entry_id IN (NEW.id, NEW.reverses_id)
                GROUP BY account_id, project, contributor HAVING sum(amount) <> 0));
  SELECT RAISE(ABORT, 'entry_overdrawn: a guarded account would be overdrawn') WHERE EXISTS (
    SELECT 1 FROM (
      SELECT DISTINCT a.guard, coalesce((SELECT debits - credits FROM balance_now n WHERE n.account_id = a.id), 0)
           + coalesce((SELECT sum(t.amount) FROM posting t
                        WHERE t.account_id = a.id AND t.epoch >= (SELECT upto FROM fold_state)), 0) AS balance
        FROM posting l JOIN account a ON a.id = l.account_id
       WHERE l.entry_id = NEW.id
         AND (a.guard = 'credit_only' AND l.amount > 0 OR a.guard = 'debit_only' AND l.amount < 0))
     WHERE guard = 'credit_only' AND balance > 0 OR guard = 'debit_only' AND balance < 0);
END

CREATE TRIGGER entry_kept_u BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'append_only: entry'); END

CREATE TRIGGER entry_kept_d BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'append_only: entry'); END

CREATE TRIGGER posting_check BEFORE INSERT ON posting
WHEN NEW.epoch IS NOT NEW.entry_id OR EXISTS (SELECT 1 FROM entry WHERE id = NEW.entry_id)
    OR EXISTS (SELECT 1 FROM posting WHERE entry_id = NEW.entry_id AND n = NEW.n)
BEGIN SELECT RAISE(ABORT, 'posting_sealed: the entry is complete, or has this line'); END

CREATE TRIGGER posting_kept_u BEFORE UPDATE ON posting BEGIN SELECT RAISE(ABORT, 'append_only: posting'); END

CREATE TRIGGER posting_kept_d BEFORE DELETE ON posting BEGIN SELECT RAISE(ABORT, 'append_only: posting'); END

CREATE TRIGGER period_replace BEFORE INSERT ON period
WHEN EXISTS (SELECT 1 FROM period WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'append_only: the period exists'); END

CREATE TRIGGER period_check_i BEFORE INSERT ON period
BEGIN
  SELECT RAISE(ABORT, 'period_overlaps: not days, or closed from its start') WHERE NEW.closed_at IS NOT NULL
    OR NEW.starts_on IS NOT date(NEW.starts_on, '+0 days') OR NEW.ends_on IS NOT date(NEW.ends_on, '+0 days');
  SELECT RAISE(ABORT, 'period_overlaps: shares a day with another, or lies before a closed one') WHERE EXISTS (
    SELECT 1 FROM period WHERE book_id = NEW.book_id
       AND (starts_on <= NEW.ends_on AND ends_on >= NEW.starts_on OR closed_at IS NOT NULL AND starts_on > NEW.ends_on));
END

CREATE TRIGGER period_check_u BEFORE UPDATE ON period
BEGIN
  SELECT RAISE(ABORT, 'append_only: a period closes once and never changes') WHERE OLD.closed_at IS NOT NULL OR NEW.closed_at IS NULL
    OR NEW.id <> OLD.id OR NEW.book_id <> OLD.book_id OR NEW.starts_on <> OLD.starts_on OR NEW.ends_on <> OLD.ends_on;
  SELECT RAISE(ABORT, 'period_order: an earlier period is open') WHERE EXISTS (
    SELECT 1 FROM period WHERE book_id = NEW.book_id AND closed_at IS NULL AND ends_on < NEW.starts_on);
  SELECT RAISE(ABORT, 'period_count: closing counts the entries') WHERE NEW.closed_entries IS NOT (
    SELECT count(*) FROM entry WHERE period_id = NEW.id);
END

CREATE TRIGGER period_kept BEFORE DELETE ON period BEGIN SELECT RAISE(ABORT, 'append_only: period'); END

CREATE TRIGGER account_replace BEFORE INSERT ON account
WHEN EXISTS (SELECT 1 FROM account WHERE id = NEW.id OR (book_id = NEW.book_id AND code = NEW.code))
BEGIN SELECT RAISE(ABORT, 'append_only: the account exists'); END

CREATE TRIGGER account_check BEFORE UPDATE ON account
WHEN NEW.id <> OLD.id OR NEW.book_id <> OLD.book_id OR NEW.code <> OLD.code OR NEW.kind <> OLD.kind
    OR NEW.currency <> OLD.currency OR NEW.guard <> OLD.guard
BEGIN SELECT RAISE(ABORT, 'append_only: an account keeps its code, kind, currency and guard'); END

CREATE TRIGGER account_kept BEFORE DELETE ON account BEGIN SELECT RAISE(ABORT, 'append_only: account'); END

CREATE TRIGGER journal_replace BEFORE INSERT ON journal
WHEN EXISTS (SELECT 1 FROM journal WHERE book_id = NEW.book_id AND code = NEW.code)
BEGIN SELECT RAISE(ABORT, 'append_only: the journal exists'); END

CREATE TRIGGER journal_check BEFORE UPDATE ON journal WHEN NEW.book_id <> OLD.book_id OR NEW.code <> OLD.code
BEGIN SELECT RAISE(ABORT, 'append_only: a journal keeps its code'); END

CREATE TRIGGER journal_kept BEFORE DELETE ON journal BEGIN SELECT RAISE(ABORT, 'append_only: journal'); END

CREATE TRIGGER book_replace BEFORE INSERT ON book WHEN EXISTS (SELECT 1 FROM book WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'append_only: the book exists'); END

CREATE TRIGGER book_check BEFORE UPDATE ON book WHEN NEW.id <> OLD.id OR NEW.chart <> OLD.chart OR NEW.currency <> OLD.currency
BEGIN SELECT RAISE(ABORT, 'append_only: a book keeps its chart and currency'); END

CREATE TRIGGER book_kept BEFORE DELETE ON book BEGIN SELECT RAISE(ABORT, 'append_only: book'); END
