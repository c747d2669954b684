-- Periods close softly, then for good, on PostgreSQL. A period changes by its acts alone: the act comes first, and the
-- trigger on it changes the period. Periods closed before acts were kept count as both, by an act called inherited.

DROP TRIGGER period_check ON period

UPDATE journal SET closing_work = true WHERE code IN ('AN', 'OD')

INSERT INTO journal (book_id, code, label, closing_work)
  SELECT id, 'CL', 'Clôture', true FROM book WHERE id NOT IN (SELECT book_id FROM journal WHERE code = 'CL')

UPDATE period SET soft_closed_at = closed_at, soft_closed_entries = (
    SELECT count(*) FROM entry e JOIN journal j ON j.book_id = e.book_id AND j.code = e.journal
     WHERE e.period_id = period.id AND NOT j.closing_work)
 WHERE closed_at IS NOT NULL

INSERT INTO period_act (period_id, act, at, "by", reason)
  SELECT id, 'inherited', closed_at, '', '' FROM period WHERE closed_at IS NOT NULL ORDER BY starts_on

CREATE OR REPLACE FUNCTION book_check_journal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.book_id, NEW.code, NEW.closing_work) IS DISTINCT FROM (OLD.book_id, OLD.code, OLD.closing_work) THEN
    RAISE EXCEPTION 'a journal keeps its code and its work' USING ERRCODE = '23514', CONSTRAINT = 'append_only';
  END IF;
  RETURN NEW;
END $$

CREATE OR REPLACE FUNCTION book_check_period() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(8022, NEW.book_id::integer);
  IF TG_OP = 'INSERT' THEN
    IF NEW.soft_closed_at IS NOT NULL OR NEW.closed_at IS NOT NULL THEN
      RAISE EXCEPTION 'a period begins open' USING ERRCODE = '23514', CONSTRAINT = 'period_overlaps';
    END IF;
    IF EXISTS (SELECT 1 FROM period WHERE book_id = NEW.book_id AND soft_closed_at IS NOT NULL AND starts_on > NEW.ends_on) THEN
      RAISE EXCEPTION 'a later period is closed' USING ERRCODE = '23514', CONSTRAINT = 'period_overlaps';
    END IF;
    RETURN NEW;
  END IF;
  IF (NEW.id, NEW.book_id, NEW.starts_on, NEW.ends_on) IS DISTINCT FROM (OLD.id, OLD.book_id, OLD.starts_on, OLD.ends_on)
     OR OLD.closed_at IS NOT NULL OR NOT EXISTS (
       SELECT 1 FROM period_act a
        WHERE a.period_id = OLD.id AND a.id = (SELECT max(id) FROM period_act WHERE period_id = OLD.id) AND (
              a.act = 'close' AND OLD.soft_closed_at IS NULL AND NEW.soft_closed_at = a.at AND NEW.closed_at IS NULL
           OR a.act = 'reopen' AND OLD.soft_closed_at IS NOT NULL AND NEW.soft_closed_at IS NULL AND NEW.closed_at IS NULL
           OR a.act = 'close_for_good' AND NEW.soft_closed_at = OLD.soft_closed_at AND NEW.closed_at = a.at)) THEN
    RAISE EXCEPTION 'a period changes by its acts alone' USING ERRCODE = '23514', CONSTRAINT = 'append_only';
  END IF;
  IF EXISTS (SELECT 1 FROM period WHERE book_id = NEW.book_id AND ends_on < NEW.starts_on
       AND (soft_closed_at IS NULL AND NEW.soft_closed_at IS NOT NULL OR closed_at IS NULL AND NEW.closed_at IS NOT NULL)) THEN
    RAISE EXCEPTION 'an earlier period is open' USING ERRCODE = '23514', CONSTRAINT = 'period_order';
  END IF;
  IF NEW.soft_closed_at IS NULL AND EXISTS (
      SELECT 1 FROM period WHERE book_id = NEW.book_id AND starts_on > NEW.ends_on AND soft_closed_at IS NOT NULL) THEN
    RAISE EXCEPTION 'a later period is closed' USING ERRCODE = '23514', CONSTRAINT = 'period_later_closed';
  END IF;
  IF NEW.closed_at IS NOT NULL AND EXISTS (
      SELECT 1 FROM account a JOIN book b ON b.id = a.book_id AND b.currency = a.currency
        JOIN posting l ON l.account_id = a.id
       WHERE a.book_id = NEW.book_id AND a.kind IN ('income', 'expense') AND l.effective_on <= NEW.ends_on
       GROUP BY a.id HAVING sum(l.amount) <> 0) THEN
    RAISE EXCEPTION 'costs and income of period % are not closed', NEW.id USING ERRCODE = '23514', CONSTRAINT = 'period_result';
  END IF;
  RETURN NEW;
END $$

CREATE TRIGGER period_check BEFORE INSERT OR UPDATE ON period FOR EACH ROW EXECUTE FUNCTION book_check_period()

-- An act waits for the posters of its period, and they for it. What it counts it counts after them.
CREATE FUNCTION book_check_act() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.act = 'inherited' THEN
    RAISE EXCEPTION 'acts are inherited no more' USING ERRCODE = '23514', CONSTRAINT = 'period_act_new';
  END IF;
  PERFORM pg_advisory_xact_lock(8021, NEW.period_id);
  RETURN NEW;
END $$

-- The right to change a period is its owner's, so the function runs as the owner.
CREATE FUNCTION book_act() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
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
  RETURN NULL;
END $$

CREATE TRIGGER period_act_check BEFORE INSERT ON period_act FOR EACH ROW EXECUTE FUNCTION book_check_act()

CREATE TRIGGER period_act_done AFTER INSERT ON period_act FOR EACH ROW EXECUTE FUNCTION book_act()

CREATE TRIGGER period_act_kept BEFORE UPDATE OR DELETE ON period_act FOR EACH ROW EXECUTE FUNCTION book_append_only()

CREATE TRIGGER period_act_not_emptied BEFORE TRUNCATE ON period_act FOR EACH STATEMENT EXECUTE FUNCTION book_append_only()

-- As before, but for soft closings, and for the closing entry: it alone may name closed accounts, whose balances have
-- to go too, and it is never reversed.
-- The inner LIMIT 1 pins a nested loop; with a plain join and no statistics yet, the planner reads all accounts.
CREATE OR REPLACE FUNCTION book_check_entry() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  seen record;
  is_open boolean;
BEGIN
  -- An older snapshot could miss a closing or a withdrawal that this transaction waited for.
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'the book is written at READ COMMITTED' USING ERRCODE = '23514', CONSTRAINT = 'entry_isolation';
  END IF;
  -- Shared with the other posters, exclusive for who closes the period: in memory, no row is locked.
  PERFORM pg_advisory_xact_lock_shared(8021, NEW.period_id);
  SELECT p.closed_at IS NULL AND (p.soft_closed_at IS NULL OR (
           SELECT j.closing_work FROM journal j WHERE j.book_id = NEW.book_id AND j.code = NEW.journal))
    INTO is_open FROM period p
   WHERE p.id = NEW.period_id AND p.book_id = NEW.book_id AND NEW.effective_on BETWEEN p.starts_on AND p.ends_on;
  IF is_open IS NOT TRUE THEN
    RAISE EXCEPTION 'period % is closed or does not cover %', NEW.period_id, NEW.effective_on
      USING ERRCODE = '23514', CONSTRAINT = 'entry_period_open';
  END IF;
  SELECT count(*) AS lines, count(a.currency) AS known, coalesce(sum(l.amount), 0) AS balance,
         count(*) FILTER (WHERE l.effective_on = NEW.effective_on AND l.epoch = NEW.epoch) AS own,
         coalesce(bool_or(a.closed_on < NEW.effective_on), false) AS closed,
         min(a.currency) <> max(a.currency) AS mixed,
         bool_or(l.project <> '') AS projects,
         bool_or(a.guard = 'credit_only' AND l.amount > 0 OR a.guard = 'debit_only' AND l.amount < 0) AS guarded,
         (SELECT s.upto FROM fold_state s) AS upto,
         EXISTS (SELECT 1 FROM journal j WHERE j.book_id = NEW.book_id AND j.code = NEW.journal) AS journal
    INTO seen
    FROM posting l
    LEFT JOIN LATERAL (SELECT x.currency, x.guard, x.closed_on FROM account x
                        WHERE x.id = l.account_id AND x.book_id = NEW.book_id LIMIT 1) a ON true
   WHERE l.entry_id = NEW.id;
  IF seen.known <> seen.lines THEN
    RAISE EXCEPTION 'entry % names an account that its book does not have', NEW.id
      USING ERRCODE = '23514', CONSTRAINT = 'entry_account_known';
  END IF;
  IF seen.closed AND NEW.journal <> 'CL' THEN
    RAISE EXCEPTION 'entry % names an account that is closed', NEW.id
      USING ERRCODE = '23514', CONSTRAINT = 'entry_account_open';
  END IF;
  IF seen.lines < 2 OR seen.own <> seen.lines OR seen.balance <> 0 THEN
    RAISE EXCEPTION 'entry % does not balance: % lines, % its own, sum %', NEW.id, seen.lines, seen.own, seen.balance
      USING ERRCODE = '23514', CONSTRAINT = 'entry_balanced';
  END IF;
  IF seen.mixed AND EXISTS (
      SELECT 1 FROM posting l JOIN account a ON a.id = l.account_id
       WHERE l.entry_id = NEW.id GROUP BY a.currency HAVING sum(l.amount) <> 0) THEN
    RAISE EXCEPTION 'entry % does not balance in each currency', NEW.id
      USING ERRCODE = '23514', CONSTRAINT = 'entry_balanced';
  END IF;
  IF seen.projects AND EXISTS (
      SELECT 1 FROM posting l JOIN account a ON a.id = l.account_id
       WHERE l.entry_id = NEW.id AND l.project <> '' GROUP BY l.project, a.currency HAVING sum(l.amount) <> 0) THEN
    RAISE EXCEPTION 'entry % does not balance for each project', NEW.id
      USING ERRCODE = '23514', CONSTRAINT = 'entry_project_balanced';
  END IF;
  IF NOT seen.journal THEN
    RAISE EXCEPTION 'entry % names a journal that its book does not have', NEW.id
      USING ERRCODE = '23514', CONSTRAINT = 'entry_journal_known';
  END IF;
  -- A cluster restored from a dump counts its transactions anew: refuse rather than lose the entry from balances.
  IF NEW.epoch < seen.upto THEN
    RAISE EXCEPTION 'transaction % lies below the fold''s horizon %: restored cluster, run book_rebase()', NEW.epoch, seen.upto
      USING ERRCODE = '23514', CONSTRAINT = 'entry_horizon';
  END IF;
  IF NEW.reverses_id IS NOT NULL AND (
      NOT EXISTS (SELECT 1 FROM entry e
                   WHERE e.id = NEW.reverses_id AND e.book_id = NEW.book_id AND e.reverses_id IS NULL AND e.journal <> 'CL')
      OR EXISTS (SELECT 1 FROM posting WHERE entry_id IN (NEW.id, NEW.reverses_id)
                  GROUP BY account_id, project, contributor HAVING sum(amount) <> 0)) THEN
    RAISE EXCEPTION 'entry % is not the mirror of an entry that can be reversed', NEW.id
      USING ERRCODE = '23514', CONSTRAINT = 'entry_mirror';
  END IF;
  IF seen.guarded THEN
    PERFORM book_guard(NEW.id);
  END IF;
  RETURN NEW;
END $$

CREATE FUNCTION book_check_closing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.source <> 'close:' || NEW.period_id
     OR NOT EXISTS (SELECT 1 FROM period WHERE id = NEW.period_id AND soft_closed_at IS NOT NULL AND ends_on = NEW.effective_on)
     OR EXISTS (SELECT 1 FROM posting l JOIN account a ON a.id = l.account_id WHERE l.entry_id = NEW.id
                   AND (l.project <> '' OR l.contributor <> '' OR a.kind NOT IN ('income', 'expense') AND a.code NOT LIKE '12%')) THEN
    RAISE EXCEPTION 'the journal CL has closing entries and no other' USING ERRCODE = '23514', CONSTRAINT = 'entry_closing';
  END IF;
  RETURN NEW;
END $$

CREATE TRIGGER entry_closing BEFORE INSERT ON entry FOR EACH ROW WHEN (NEW.journal = 'CL') EXECUTE FUNCTION book_check_closing()

-- Periods are in nobody's hands but their acts'.
CREATE OR REPLACE FUNCTION book_grant(p_role name) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  home text := quote_ident(current_schema());
  kept regclass;
BEGIN
  EXECUTE format('GRANT USAGE ON SCHEMA %s TO %I', home, p_role);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %s TO %I', home, p_role);
  EXECUTE format('GRANT USAGE ON ALL SEQUENCES IN SCHEMA %s TO %I', home, p_role);
  FOR kept IN SELECT DISTINCT tgrelid::regclass FROM pg_trigger WHERE tgfoid = 'book_append_only'::regproc LOOP
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON %s FROM %I', kept, p_role);
  END LOOP;
  EXECUTE format('REVOKE INSERT ON entry, posting FROM %I', p_role);
  EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON balance_now, balance_day, balance_project_day, fold_state FROM %I', p_role);
  EXECUTE format('GRANT INSERT (id, book_id, period_id, journal, effective_on, occurred_on, recorded_at, source, request_hash, reverses_id, memo, details) ON entry TO %I', p_role);
  EXECUTE format('GRANT INSERT (entry_id, n, account_id, amount, effective_on, project, contributor) ON posting TO %I', p_role);
  EXECUTE format('GRANT UPDATE (label, closed_on) ON account TO %I', p_role);
  EXECUTE format('GRANT UPDATE (label) ON journal TO %I', p_role);
  EXECUTE format('GRANT UPDATE (name) ON book TO %I', p_role);
END $$

DO $$
DECLARE f record;
BEGIN
  FOR f IN SELECT p.oid::regprocedure AS signature FROM pg_proc p
            WHERE p.pronamespace = current_schema()::regnamespace AND p.proname LIKE 'book\_%' LOOP
    EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', f.signature, current_schema());
  END LOOP;
END $$
