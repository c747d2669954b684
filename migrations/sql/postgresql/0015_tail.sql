-- What came to an account since its balance was folded. The planner does not know how little lies above a horizon that
-- it first has to read, and would rather look through the whole table: here the horizon is a value, planned for each
-- time. STABLE, so that it reads in the snapshot of the statement that asks, which reads the folded part too.
CREATE FUNCTION book_tail(p_account bigint, p_from bigint, p_day date, p_project text) RETURNS numeric
  LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan AS $$
BEGIN
  RETURN (SELECT sum(amount) FROM posting
           WHERE account_id = p_account AND epoch >= p_from
             AND (p_day IS NULL OR effective_on <= p_day) AND (p_project IS NULL OR project = p_project));
END $$

CREATE OR REPLACE FUNCTION book_balance(p_account bigint) RETURNS numeric LANGUAGE sql VOLATILE AS $$
  SELECT coalesce((SELECT debits - credits FROM balance_now WHERE account_id = p_account), 0)
       + coalesce(book_tail(p_account, (SELECT upto FROM fold_state), NULL, NULL), 0) $$

DO $$
DECLARE f record;
BEGIN
  FOR f IN SELECT p.oid::regprocedure AS signature FROM pg_proc p
            WHERE p.pronamespace = current_schema()::regnamespace AND p.proname LIKE 'book\_%' LOOP
    EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', f.signature, current_schema());
  END LOOP;
END $$
