-- Entries are checked when the statement that brings them ends, one or thousands alike, on PostgreSQL. A trigger for
-- each row made an import four times as slow; two kinds of checks, one of them switched on, could be gone round.

DROP TRIGGER entry_check ON entry

DROP FUNCTION book_check_entry()

-- The check of one entry, as before.
-- The inner LIMIT 1 pins a nested loop; with a plain join and no statistics yet, the planner reads all accounts. The
-- inner OFFSET 0 keeps it from the index of projects, where it reads every line that has one.
CREATE FUNCTION book_check_one(one entry) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  seen record;
  is_open boolean;
BEGIN
  -- An older snapshot could miss a closing or a withdrawal that this transaction waited for.
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'the book is written at READ COMMITTED' USING ERRCODE = '23514', CONSTRAINT = 'entry_isolation';
  END IF;
  -- Shared with the other posters, exclusive for who closes the period: in memory, no row is locked.
  PERFORM pg_advisory_xact_lock_shared(8021, one.period_id);
  SELECT p.closed_at IS NULL AND (p.soft_closed_at IS NULL OR (
           SELECT j.closing_work FROM journal j WHERE j.book_id = one.book_id AND j.code = one.journal))
    INTO is_open FROM period p
   WHERE p.id = one.period_id AND p.book_id = one.book_id AND one.effective_on BETWEEN p.starts_on AND p.ends_on;
  IF is_open IS NOT TRUE THEN
    RAISE EXCEPTION 'period % is closed or does not cover %', one.period_id, one.effective_on
      USING ERRCODE = '23514', CONSTRAINT = 'entry_period_open';
  END IF;
  SELECT count(*) AS lines, count(a.currency) AS known, coalesce(sum(l.amount), 0) AS balance,
         count(*) FILTER (WHERE l.effective_on = one.effective_on AND l.epoch = one.epoch) AS own,
         coalesce(bool_or(a.closed_on < one.effective_on), false) AS closed,
         min(a.currency) <> max(a.currency) AS mixed,
         bool_or(l.project <> '') AS projects,
         min(l.project) FILTER (WHERE l.project <> '') AS first_project, max(l.project) AS last_project,
         sum(l.amount) FILTER (WHERE l.project <> '') AS of_projects,
         bool_or(a.guard = 'credit_only' AND l.amount > 0 OR a.guard = 'debit_only' AND l.amount < 0) AS guarded,
         (SELECT s.upto FROM fold_state s) AS upto,
         EXISTS (SELECT 1 FROM journal j WHERE j.book_id = one.book_id AND j.code = one.journal) AS journal
    INTO seen
    FROM posting l
    LEFT JOIN LATERAL (SELECT x.currency, x.guard, x.closed_on FROM account x
                        WHERE x.id = l.account_id AND x.book_id = one.book_id LIMIT 1) a ON true
   WHERE l.entry_id = one.id;
  IF seen.known <> seen.lines THEN
    RAISE EXCEPTION 'entry % names an account that its book does not have', one.id
      USING ERRCODE = '23514', CONSTRAINT = 'entry_account_known';
  END IF;
  IF seen.closed AND one.journal <> 'CL' THEN
    RAISE EXCEPTION 'entry % names an account that is closed', one.id
      USING ERRCODE = '23514', CONSTRAINT = 'entry_account_open';
  END IF;
  IF seen.lines < 2 OR seen.own <> seen.lines OR seen.balance <> 0 THEN
    RAISE EXCEPTION 'entry % does not balance: % lines, % its own, sum %', one.id, seen.lines, seen.own, seen.balance
      USING ERRCODE = '23514', CONSTRAINT = 'entry_balanced';
  END IF;
  IF seen.mixed AND EXISTS (
      SELECT 1 FROM posting l JOIN account a ON a.id = l.account_id
       WHERE l.entry_id = one.id GROUP BY a.currency HAVING sum(l.amount) <> 0) THEN
    RAISE EXCEPTION 'entry % does not balance in each currency', one.id
      USING ERRCODE = '23514', CONSTRAINT = 'entry_balanced';
  END IF;
  IF seen.projects AND (seen.mixed OR seen.first_project <> seen.last_project OR seen.of_projects <> 0) AND EXISTS (
      SELECT 1 FROM (SELECT x.project, x.amount, x.account_id FROM posting x WHERE x.entry_id = one.id OFFSET 0) l
        JOIN account a ON a.id = l.account_id
       WHERE l.project <> '' GROUP BY l.project, a.currency HAVING sum(l.amount) <> 0) THEN
    RAISE EXCEPTION 'entry % does not balance for each project', one.id
      USING ERRCODE = '23514', CONSTRAINT = 'entry_project_balanced';
  END IF;
  IF NOT seen.journal THEN
    RAISE EXCEPTION 'entry % names a journal that its book does not have', one.id
      USING ERRCODE = '23514', CONSTRAINT = 'entry_journal_known';
  END IF;
  -- A cluster restored from a dump counts its transactions anew: refuse rather than lose the entry from balances.
  IF one.epoch < seen.upto THEN
    RAISE EXCEPTION 'transaction % lies below the fold''s horizon %: restored cluster, run book_rebase()', one.epoch, seen.upto
      USING ERRCODE = '23514', CONSTRAINT = 'entry_horizon';
  END IF;
  IF one.reverses_id IS NOT NULL AND (
      NOT EXISTS (SELECT 1 FROM entry e
                   WHERE e.id = one.reverses_id AND e.book_id = one.book_id AND e.reverses_id IS NULL AND e.journal <> 'CL')
      OR EXISTS (SELECT 1 FROM posting WHERE entry_id IN (one.id, one.reverses_id)
                  GROUP BY account_id, project, contributor HAVING sum(amount) <> 0)) THEN
    RAISE EXCEPTION 'entry % is not the mirror of an entry that can be reversed', one.id
      USING ERRCODE = '23514', CONSTRAINT = 'entry_mirror';
  END IF;
  IF seen.guarded THEN
    PERFORM book_guard(one.id);
  END IF;
END $$

-- Many entries: what is plainly right is seen at once; whatever is not, or not so plain (other currencies, reversals,
-- guarded accounts, soft closings), gets the check of one.
-- (No line has the amount zero, so what sums to zero has two lines at least.)
CREATE FUNCTION book_check_entries() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  many bigint;
  one entry;
BEGIN
  SELECT count(*) INTO many FROM added;
  IF many = 1 THEN
    SELECT * INTO one FROM added;
    PERFORM book_check_one(one);
    RETURN NULL;
  END IF;
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'the book is written at READ COMMITTED' USING ERRCODE = '23514', CONSTRAINT = 'entry_isolation';
  END IF;
  PERFORM pg_advisory_xact_lock_shared(8021, p.period_id) FROM (SELECT DISTINCT period_id FROM added ORDER BY 1) p;
  FOR one IN
    SELECT e.*
      FROM added e
      LEFT JOIN book b ON b.id = e.book_id
      LEFT JOIN journal j ON j.book_id = e.book_id AND j.code = e.journal
      LEFT JOIN period p ON p.id = e.period_id AND p.book_id = e.book_id
      LEFT JOIN LATERAL (
        SELECT sum(by_project.amount) AS amount,
               bool_and(by_project.good AND (by_project.project = '' OR by_project.amount = 0)) AS good
          FROM (SELECT l.project, sum(l.amount) AS amount,
                       bool_and(l.effective_on = e.effective_on AND l.epoch = e.epoch AND coalesce(a.currency = b.currency, false)
                                AND (a.closed_on IS NULL OR a.closed_on >= e.effective_on)
                                AND (a.guard = 'none' OR a.guard = 'credit_only' AND l.amount < 0
                                     OR a.guard = 'debit_only' AND l.amount > 0)) AS good
                  FROM posting l
                  LEFT JOIN LATERAL (SELECT x.currency, x.guard, x.closed_on FROM account x
                                      WHERE x.id = l.account_id AND x.book_id = e.book_id LIMIT 1) a ON true
                 WHERE l.entry_id = e.id
                 GROUP BY l.project) by_project) s ON true
     WHERE (s.amount = 0 AND s.good AND e.reverses_id IS NULL AND j.code IS NOT NULL
            AND p.closed_at IS NULL AND p.soft_closed_at IS NULL AND e.effective_on BETWEEN p.starts_on AND p.ends_on
            AND e.epoch >= (SELECT upto FROM fold_state)) IS NOT TRUE
     ORDER BY e.id
  LOOP
    PERFORM book_check_one(one);
  END LOOP;
  RETURN NULL;
END $$

CREATE TRIGGER entry_check AFTER INSERT ON entry REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION book_check_entries()

DO $$
DECLARE f record;
BEGIN
  FOR f IN SELECT p.oid::regprocedure AS signature FROM pg_proc p
            WHERE p.pronamespace = current_schema()::regnamespace AND p.proname LIKE 'book\_%' LOOP
    EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', f.signature, current_schema());
  END LOOP;
END $$
