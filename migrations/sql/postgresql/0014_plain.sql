-- What is plain is posted by one call on PostgreSQL: the entry's accounts, period and journal are looked up where they
-- are. Whatever is not plain gives nothing back and writes nothing; the caller then looks, refuses in words or decides.

CREATE FUNCTION book_post_plain(
  p_book bigint, p_journal text, p_day date, p_recorded timestamptz, p_source text, p_hash bytea, p_memo text,
  p_details json, p_codes text[], p_currencies text[], p_amounts bigint[], p_projects text[], p_contributors text[],
  OUT posted bigint, OUT replayed boolean) LANGUAGE plpgsql AS $$
DECLARE
  period_id integer;
  accounts bigint[];
BEGIN
  SELECT e.id INTO posted FROM entry e WHERE e.book_id = p_book AND e.source = p_source AND e.request_hash = p_hash;
  replayed := posted IS NOT NULL;
  IF replayed THEN
    RETURN;
  END IF;
  SELECT p.id INTO period_id FROM period p
   WHERE p.book_id = p_book AND p_day BETWEEN p.starts_on AND p.ends_on AND p.soft_closed_at IS NULL AND p.closed_at IS NULL
     AND EXISTS (SELECT 1 FROM journal j WHERE j.book_id = p_book AND j.code = p_journal);
  SELECT array_agg((SELECT a.id FROM account a
                     WHERE a.book_id = p_book AND a.code = l.code AND a.currency = l.currency AND a.closed_on IS NULL
                       AND (a.guard = 'none' OR a.guard = 'credit_only' AND l.amount < 0 OR a.guard = 'debit_only' AND l.amount > 0))
                   ORDER BY l.n)
    INTO accounts
    FROM unnest(p_codes, p_currencies, p_amounts) WITH ORDINALITY AS l(code, currency, amount, n);
  IF period_id IS NULL OR array_position(accounts, NULL) IS NOT NULL THEN
    RETURN;
  END IF;
  SELECT b.posted INTO posted
    FROM book_post(p_book, period_id, p_journal, p_day, p_day, p_recorded, p_source, p_hash, NULL, p_memo, p_details,
                   accounts, p_amounts, p_projects, p_contributors) b;
END $$

DO $$
DECLARE f record;
BEGIN
  FOR f IN SELECT p.oid::regprocedure AS signature FROM pg_proc p
            WHERE p.pronamespace = current_schema()::regnamespace AND p.proname LIKE 'book\_%' LOOP
    EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', f.signature, current_schema());
  END LOOP;
END $$
