-- Periods close softly, then for good, on SQLite. A period changes by its acts alone: the act comes first, and the
-- trigger on it changes the period. Periods closed before acts were kept count as both, by an act called inherited.

DROP TRIGGER journal_check

DROP TRIGGER period_check_i

DROP TRIGGER period_check_u

DROP TRIGGER entry_check

UPDATE journal SET closing_work = 1 WHERE code IN ('AN', 'OD')

INSERT INTO journal (book_id, code, label, closing_work)
  SELECT id, 'CL', 'Clôture', 1 FROM book WHERE id NOT IN (SELECT book_id FROM journal WHERE code = 'CL')

UPDATE period SET soft_closed_at = closed_at, soft_closed_entries = (
    SELECT count(*) FROM entry e JOIN journal j ON j.book_id = e.book_id AND j.code = e.journal
     WHERE e.period_id = period.id AND NOT j.closing_work)
 WHERE closed_at IS NOT NULL

INSERT INTO period_act (period_id, act, at, "by", reason)
  SELECT id, 'inherited', closed_at, '', '' FROM period WHERE closed_at IS NOT NULL ORDER BY starts_on

CREATE TRIGGER journal_check BEFORE UPDATE ON journal
WHEN NEW.book_id <> OLD.book_id OR NEW.code <> OLD.code OR NEW.closing_work IS NOT OLD.closing_work
BEGIN SELECT RAISE(ABORT, 'append_only: a journal keeps its code and its work'); END

CREATE TRIGGER period_check_i BEFORE INSERT ON period
BEGIN
  SELECT RAISE(ABORT, 'period_overlaps: not days, or closed from its start') WHERE NEW.closed_at IS NOT NULL OR NEW.soft_closed_at IS NOT NULL
    OR NEW.starts_on IS NOT date(NEW.starts_on, '+0 days') OR NEW.ends_on IS NOT date(NEW.ends_on, '+0 days');
  SELECT RAISE(ABORT, 'period_overlaps: shares a day with another, or lies before a closed one') WHERE EXISTS (
    SELECT 1 FROM period WHERE book_id = NEW.book_id
       AND (starts_on <= NEW.ends_on AND ends_on >= NEW.starts_on OR soft_closed_at IS NOT NULL AND starts_on > NEW.ends_on));
END

CREATE TRIGGER period_check_u BEFORE UPDATE ON period
BEGIN
  SELECT RAISE(ABORT, 'append_only: a period changes by its acts alone') WHERE
    NEW.id <> OLD.id OR NEW.book_id <> OLD.book_id OR NEW.starts_on <> OLD.starts_on OR NEW.ends_on <> OLD.ends_on
    OR OLD.closed_at IS NOT NULL OR NOT EXISTS (
      SELECT 1 FROM period_act a
       WHERE a.period_id = OLD.id AND a.id = (SELECT max(id) FROM period_act WHERE period_id = OLD.id) AND (
             a.act = 'close' AND OLD.soft_closed_at IS NULL AND NEW.soft_closed_at IS a.at AND NEW.closed_at IS NULL
          OR a.act = 'reopen' AND OLD.soft_closed_at IS NOT NULL AND NEW.soft_closed_at IS NULL AND NEW.closed_at IS NULL
          OR a.act = 'close_for_good' AND OLD.soft_closed_at IS NOT NULL AND NEW.soft_closed_at IS OLD.soft_closed_at AND NEW.closed_at IS a.at));
  SELECT RAISE(ABORT, 'period_order: an earlier period is open') WHERE EXISTS (
    SELECT 1 FROM period WHERE book_id = NEW.book_id AND ends_on < NEW.starts_on
       AND (soft_closed_at IS NULL AND NEW.soft_closed_at IS NOT NULL OR closed_at IS NULL AND NEW.closed_at IS NOT NULL));
  SELECT RAISE(ABORT, 'period_later_closed: a later period is closed') WHERE NEW.soft_closed_at IS NULL AND EXISTS (
    SELECT 1 FROM period WHERE book_id = NEW.book_id AND starts_on > NEW.ends_on AND soft_closed_at IS NOT NULL);
  SELECT RAISE(ABORT, 'period_result: costs and income are not closed') WHERE NEW.closed_at IS NOT NULL AND EXISTS (
    SELECT 1 FROM account a JOIN book b ON b.id = a.book_id AND b.currency = a.currency
      JOIN posting l ON l.account_id = a.id
     WHERE a.book_id = NEW.book_id AND a.kind IN ('income', 'expense') AND l.effective_on <= NEW.ends_on
     GROUP BY a.id HAVING sum(l.amount) <> 0);
END

CREATE TRIGGER period_act_check BEFORE INSERT ON period_act
BEGIN
  SELECT RAISE(ABORT, 'append_only: the act exists') WHERE EXISTS (SELECT 1 FROM period_act WHERE id = NEW.id);
  SELECT RAISE(ABORT, 'period_act_new: inherited, or not an instant') WHERE NEW.act = 'inherited'
    OR datetime(NEW.at) IS NULL OR NEW.at NOT LIKE '____-__-__ __:__:__.______';
END

CREATE TRIGGER period_act_done AFTER INSERT ON period_act
BEGIN
  UPDATE period SET
    soft_closed_at = CASE NEW.act WHEN 'close' THEN NEW.at WHEN 'reopen' THEN NULL ELSE soft_closed_at END,
    soft_closed_entries = CASE NEW.act WHEN 'close' THEN (
      SELECT count(*) FROM entry e JOIN journal j ON j.book_id = e.book_id AND j.code = e.journal
       WHERE e.period_id = NEW.period_id AND NOT j.closing_work) WHEN 'reopen' THEN NULL ELSE soft_closed_entries END,
    closed_at = CASE NEW.act WHEN 'close_for_good' THEN NEW.at ELSE closed_at END,
    closed_entries = CASE NEW.act WHEN 'close_for_good' THEN (
      SELECT count(*) FROM entry e WHERE e.period_id = NEW.period_id) ELSE closed_entries END
   WHERE id = NEW.period_id;
END

CREATE TRIGGER period_act_kept_u BEFORE UPDATE ON period_act BEGIN SELECT RAISE(ABORT, 'append_only: period_act'); END

CREATE TRIGGER period_act_kept_d BEFORE DELETE ON period_act BEGIN SELECT RAISE(ABORT, 'append_only: period_act'); END

-- The closing entry alone may name closed accounts: their balances have to go too.
CREATE TRIGGER entry_check BEFORE INSERT ON entry
BEGIN
  SELECT RAISE(ABORT, 'entry_dates: not a day or an instant') WHERE NEW.effective_on IS NOT date(NEW.effective_on, '+0 days')
    OR NEW.occurred_on IS NOT date(NEW.occurred_on, '+0 days')
    OR datetime(NEW.recorded_at) IS NULL OR NEW.recorded_at NOT LIKE '____-__-__ __:__:__.______';
  SELECT RAISE(ABORT, 'entry_period_open: the period is closed or does not cover the day') WHERE NOT EXISTS (
    SELECT 1 FROM period WHERE id = NEW.period_id AND book_id = NEW.book_id AND closed_at IS NULL
       AND NEW.effective_on BETWEEN starts_on AND ends_on
       AND (soft_closed_at IS NULL OR (SELECT closing_work FROM journal WHERE book_id = NEW.book_id AND code = NEW.journal)));
  SELECT RAISE(ABORT, 'entry_account_known: an account that the book does not have') WHERE EXISTS (
    SELECT 1 FROM posting l WHERE l.entry_id = NEW.id
       AND NOT EXISTS (SELECT 1 FROM account a WHERE a.id = l.account_id AND a.book_id = NEW.book_id));
  SELECT RAISE(ABORT, 'entry_account_open: an account that is closed') WHERE NEW.journal <> 'CL' AND EXISTS (
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
    NOT EXISTS (SELECT 1 FROM entry WHERE id = NEW.reverses_id AND book_id = NEW.book_id AND reverses_id IS NULL AND journal <> 'CL')
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

CREATE TRIGGER entry_closing BEFORE INSERT ON entry
WHEN NEW.journal = 'CL' AND (
    NEW.source <> 'close:' || NEW.period_id
    OR NOT EXISTS (SELECT 1 FROM period WHERE id = NEW.period_id AND soft_closed_at IS NOT NULL AND ends_on = NEW.effective_on)
    OR EXISTS (SELECT 1 FROM posting l JOIN account a ON a.id = l.account_id WHERE l.entry_id = NEW.id
                  AND (l.project <> '' OR l.contributor <> '' OR a.kind NOT IN ('income', 'expense') AND a.code NOT LIKE '12%')))
BEGIN SELECT RAISE(ABORT, 'entry_closing: the journal CL has closing entries and no other'); END
