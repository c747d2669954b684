-- What the book refuses by itself on PostgreSQL. One statement in each paragraph.
-- A refusal carries ERRCODE 23514 and the name of a rule as its constraint; ledger/books/refusals.py knows the names.

CREATE SEQUENCE entry_id_seq AS bigint

ALTER TABLE period ADD CONSTRAINT period_overlaps
  EXCLUDE USING gist (int8range(book_id, book_id, '[]') WITH &&, daterange(starts_on, ends_on, '[]') WITH &&)

-- The fold reads by epoch, which grows with the table: a BRIN index costs a poster next to nothing.
CREATE INDEX posting_epoch_brin ON posting USING brin (epoch) WITH (pages_per_range = 16, autosummarize = on)

-- A balance is exact at any instant: the folded part, and the postings at or above the fold's horizon.
CREATE FUNCTION book_balance(p_account bigint) RETURNS numeric LANGUAGE sql VOLATILE AS $$
  SELECT coalesce((SELECT debits - credits FROM balance_now WHERE account_id = p_account), 0)
       + coalesce((SELECT sum(amount) FROM posting
                    WHERE account_id = p_account AND epoch >= (SELECT upto FROM fold_state)), 0) $$

-- Entries that decrease the same guarded account wait for each other here; those that increase it never do.
-- The right to lock an account's row is its owner's, so the function runs as the owner.
CREATE FUNCTION book_guard(p_entry bigint) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE guarded record;
BEGIN
  FOR guarded IN
    SELECT a.id, a.code, a.guard FROM account a
     WHERE a.guard <> 'none' AND a.id IN (SELECT account_id FROM posting WHERE entry_id = p_entry)
     ORDER BY a.id FOR NO KEY UPDATE
  LOOP
    IF guarded.guard = 'credit_only' AND book_balance(guarded.id) > 0
       OR guarded.guard = 'debit_only' AND book_balance(guarded.id) < 0 THEN
      RAISE EXCEPTION 'account % would be overdrawn', guarded.code USING ERRCODE = '23514', CONSTRAINT = 'entry_overdrawn';
    END IF;
  END LOOP;
END $$

-- The one check of an entry, at its header: lines come first, the header last.
-- The inner LIMIT 1 pins a nested loop; with a plain join and no statistics yet, the planner reads all accounts.
CREATE FUNCTION book_check_entry() RETURNS trigger LANGUAGE plpgsql AS $$
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
  SELECT p.closed_at IS NULL INTO is_open FROM period p
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
  IF seen.closed THEN
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
                   WHERE e.id = NEW.reverses_id AND e.book_id = NEW.book_id AND e.reverses_id IS NULL)
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

-- No line joins an entry that has its header; an epoch is not forged. With the key (entry_id, epoch), a line of
-- another transaction can never belong to an entry, not even to one that is being written.
CREATE FUNCTION book_check_postings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM added l WHERE l.epoch <> pg_current_xact_id()::text::bigint
                OR EXISTS (SELECT 1 FROM entry e WHERE e.id = l.entry_id OFFSET 0)) THEN
    RAISE EXCEPTION 'the entry is complete' USING ERRCODE = '23514', CONSTRAINT = 'posting_sealed';
  END IF;
  RETURN NULL;
END $$

CREATE FUNCTION book_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '23514', CONSTRAINT = 'append_only';
END $$

-- Opening and closing periods of a book wait for each other; closing waits for the posters of its period only.
CREATE FUNCTION book_check_period() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF OLD.closed_at IS NOT NULL OR NEW.closed_at IS NULL
       OR (NEW.id, NEW.book_id, NEW.starts_on, NEW.ends_on) IS DISTINCT FROM (OLD.id, OLD.book_id, OLD.starts_on, OLD.ends_on) THEN
      RAISE EXCEPTION 'a period closes once and never changes' USING ERRCODE = '23514', CONSTRAINT = 'append_only';
    END IF;
    PERFORM pg_advisory_xact_lock(8021, NEW.id);
  END IF;
  PERFORM pg_advisory_xact_lock(8022, NEW.book_id::integer);
  IF TG_OP = 'INSERT' AND NEW.closed_at IS NOT NULL THEN
    RAISE EXCEPTION 'a period begins open' USING ERRCODE = '23514', CONSTRAINT = 'period_overlaps';
  END IF;
  IF TG_OP = 'INSERT' AND EXISTS (
      SELECT 1 FROM period WHERE book_id = NEW.book_id AND closed_at IS NOT NULL AND starts_on > NEW.ends_on) THEN
    RAISE EXCEPTION 'a later period is closed' USING ERRCODE = '23514', CONSTRAINT = 'period_overlaps';
  END IF;
  IF TG_OP = 'UPDATE' AND EXISTS (
      SELECT 1 FROM period WHERE book_id = NEW.book_id AND closed_at IS NULL AND ends_on < NEW.starts_on) THEN
    RAISE EXCEPTION 'an earlier period is open' USING ERRCODE = '23514', CONSTRAINT = 'period_order';
  END IF;
  IF TG_OP = 'UPDATE' THEN
    SELECT count(*) INTO NEW.closed_entries FROM entry WHERE period_id = NEW.id;
  END IF;
  RETURN NEW;
END $$

CREATE FUNCTION book_check_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.id, NEW.book_id, NEW.code, NEW.kind, NEW.currency, NEW.guard)
     IS DISTINCT FROM (OLD.id, OLD.book_id, OLD.code, OLD.kind, OLD.currency, OLD.guard) THEN
    RAISE EXCEPTION 'an account keeps its code, kind, currency and guard' USING ERRCODE = '23514', CONSTRAINT = 'append_only';
  END IF;
  RETURN NEW;
END $$

CREATE FUNCTION book_check_book() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.id, NEW.chart, NEW.currency) IS DISTINCT FROM (OLD.id, OLD.chart, OLD.currency) THEN
    RAISE EXCEPTION 'a book keeps its chart and currency' USING ERRCODE = '23514', CONSTRAINT = 'append_only';
  END IF;
  RETURN NEW;
END $$

CREATE FUNCTION book_check_journal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.book_id, NEW.code) IS DISTINCT FROM (OLD.book_id, OLD.code) THEN
    RAISE EXCEPTION 'a journal keeps its code' USING ERRCODE = '23514', CONSTRAINT = 'append_only';
  END IF;
  RETURN NEW;
END $$

CREATE TRIGGER entry_check BEFORE INSERT ON entry FOR EACH ROW EXECUTE FUNCTION book_check_entry()

CREATE TRIGGER entry_kept BEFORE UPDATE OR DELETE ON entry FOR EACH ROW EXECUTE FUNCTION book_append_only()

CREATE TRIGGER entry_not_emptied BEFORE TRUNCATE ON entry FOR EACH STATEMENT EXECUTE FUNCTION book_append_only()

CREATE TRIGGER posting_check AFTER INSERT ON posting REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION book_check_postings()

CREATE TRIGGER posting_kept BEFORE UPDATE OR DELETE ON posting FOR EACH ROW EXECUTE FUNCTION book_append_only()

CREATE TRIGGER posting_not_emptied BEFORE TRUNCATE ON posting FOR EACH STATEMENT EXECUTE FUNCTION book_append_only()

CREATE TRIGGER period_check BEFORE INSERT OR UPDATE ON period FOR EACH ROW EXECUTE FUNCTION book_check_period()

CREATE TRIGGER period_kept BEFORE DELETE ON period FOR EACH ROW EXECUTE FUNCTION book_append_only()

CREATE TRIGGER period_not_emptied BEFORE TRUNCATE ON period FOR EACH STATEMENT EXECUTE FUNCTION book_append_only()

CREATE TRIGGER account_check BEFORE UPDATE ON account FOR EACH ROW EXECUTE FUNCTION book_check_account()

CREATE TRIGGER account_kept BEFORE DELETE ON account FOR EACH ROW EXECUTE FUNCTION book_append_only()

CREATE TRIGGER account_not_emptied BEFORE TRUNCATE ON account FOR EACH STATEMENT EXECUTE FUNCTION book_append_only()

CREATE TRIGGER journal_check BEFORE UPDATE ON journal FOR EACH ROW EXECUTE FUNCTION book_check_journal()

CREATE TRIGGER journal_kept BEFORE DELETE ON journal FOR EACH ROW EXECUTE FUNCTION book_append_only()

CREATE TRIGGER journal_not_emptied BEFORE TRUNCATE ON journal FOR EACH STATEMENT EXECUTE FUNCTION book_append_only()

CREATE TRIGGER book_check BEFORE UPDATE ON book FOR EACH ROW EXECUTE FUNCTION book_check_book()

CREATE TRIGGER book_kept BEFORE DELETE ON book FOR EACH ROW EXECUTE FUNCTION book_append_only()

CREATE TRIGGER book_not_emptied BEFORE TRUNCATE ON book FOR EACH STATEMENT EXECUTE FUNCTION book_append_only()

-- The one round trip of a poster: lines, then header. `taken` names the unique key that another entry holds already;
-- then nothing was written and the caller's transaction goes on.
CREATE FUNCTION book_post(
  p_book bigint, p_period integer, p_journal text, p_effective date, p_occurred date, p_recorded timestamptz,
  p_source text, p_hash bytea, p_reverses bigint, p_memo text, p_details json,
  p_accounts bigint[], p_amounts bigint[], p_projects text[], p_contributors text[],
  OUT posted bigint, OUT taken text) LANGUAGE plpgsql AS $$
BEGIN
  posted := nextval('entry_id_seq');
  INSERT INTO posting (entry_id, n, account_id, amount, effective_on, project, contributor)
    SELECT posted, l.n, l.account, l.amount, p_effective, l.project, l.contributor
      FROM unnest(p_accounts, p_amounts, p_projects, p_contributors)
           WITH ORDINALITY AS l(account, amount, project, contributor, n);
  INSERT INTO entry (id, book_id, period_id, journal, effective_on, occurred_on, recorded_at, source, request_hash,
                     reverses_id, memo, details)
    VALUES (posted, p_book, p_period, p_journal, p_effective, p_occurred, p_recorded, p_source, p_hash,
            p_reverses, p_memo, p_details);
EXCEPTION WHEN unique_violation THEN
  posted := NULL;
  GET STACKED DIAGNOSTICS taken = CONSTRAINT_NAME;
  IF taken NOT IN ('uq_entry_book_id_source', 'uq_entry_reverses_id') THEN
    RAISE;
  END IF;
END $$

-- Fold what is final: all that lies below the oldest running transaction. Never cut by the greatest id: ids are
-- not drawn in the order of commits. Returns the number of days touched.
CREATE FUNCTION book_fold() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  low bigint;
  high bigint := pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
  touched bigint;
BEGIN
  SELECT upto INTO low FROM fold_state FOR UPDATE;
  IF high <= low THEN
    RETURN 0;
  END IF;
  INSERT INTO balance_day AS b
    SELECT account_id, effective_on, coalesce(sum(amount) FILTER (WHERE amount > 0), 0), coalesce(-sum(amount) FILTER (WHERE amount < 0), 0)
      FROM posting WHERE epoch >= low AND epoch < high GROUP BY 1, 2
    ON CONFLICT (account_id, effective_on) DO UPDATE SET debits = b.debits + excluded.debits, credits = b.credits + excluded.credits;
  GET DIAGNOSTICS touched = ROW_COUNT;
  INSERT INTO balance_project_day AS b
    SELECT project, account_id, effective_on, coalesce(sum(amount) FILTER (WHERE amount > 0), 0), coalesce(-sum(amount) FILTER (WHERE amount < 0), 0)
      FROM posting WHERE epoch >= low AND epoch < high AND project <> '' GROUP BY 1, 2, 3
    ON CONFLICT (project, account_id, effective_on) DO UPDATE SET debits = b.debits + excluded.debits, credits = b.credits + excluded.credits;
  INSERT INTO balance_now AS b
    SELECT account_id, coalesce(sum(amount) FILTER (WHERE amount > 0), 0), coalesce(-sum(amount) FILTER (WHERE amount < 0), 0)
      FROM posting WHERE epoch >= low AND epoch < high GROUP BY 1
    ON CONFLICT (account_id) DO UPDATE SET debits = b.debits + excluded.debits, credits = b.credits + excluded.credits;
  UPDATE fold_state SET upto = high;
  RETURN touched;
END $$

-- After a dump was restored into a younger cluster: put all entries below every transaction to come, and fold anew.
-- For the owner of the tables only; it is the one thing that rewrites rows, and it touches no fact.
CREATE FUNCTION book_rebase() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  LOCK TABLE entry, posting IN ACCESS EXCLUSIVE MODE;
  ALTER TABLE posting DROP CONSTRAINT fk_posting_entry;
  ALTER TABLE entry DISABLE TRIGGER entry_kept;
  ALTER TABLE posting DISABLE TRIGGER posting_kept;
  UPDATE entry SET epoch = 2;
  UPDATE posting SET epoch = 2;
  ALTER TABLE entry ENABLE TRIGGER entry_kept;
  ALTER TABLE posting ENABLE TRIGGER posting_kept;
  ALTER TABLE posting ADD CONSTRAINT fk_posting_entry FOREIGN KEY (entry_id, epoch) REFERENCES entry (id, epoch) DEFERRABLE INITIALLY DEFERRED;
  DELETE FROM balance_now;
  DELETE FROM balance_day;
  DELETE FROM balance_project_day;
  UPDATE fold_state SET upto = 0;
END $$

-- The rights of the role that the application connects as: the owner of the tables runs this after every migration.
--   CREATE ROLE ecot_app LOGIN PASSWORD '…'; SELECT book_grant('ecot_app');
-- The role can add to the book and read it; it can neither change nor empty it, nor say who wrote when (epoch).
CREATE FUNCTION book_grant(p_role name) RETURNS void LANGUAGE plpgsql AS $$
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
  EXECUTE format('GRANT UPDATE (closed_at, closed_entries) ON period TO %I', p_role);
  EXECUTE format('GRANT UPDATE (name) ON book TO %I', p_role);
END $$

-- A table of the same name in the session's own temporary schema must not be read in a table's stead.
DO $$
DECLARE f record;
BEGIN
  FOR f IN SELECT p.oid::regprocedure AS signature FROM pg_proc p
            WHERE p.pronamespace = current_schema()::regnamespace AND p.proname LIKE 'book\_%' LOOP
    EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', f.signature, current_schema());
  END LOOP;
END $$
