-- What seals refuse by themselves on PostgreSQL: as with entries, the leaves come first and the seal last.

CREATE INDEX entry_epoch_brin ON entry USING brin (epoch) WITH (pages_per_range = 8, autosummarize = on)

CREATE FUNCTION book_check_seal() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  last record;
  seen record;
BEGIN
  SELECT s.sequence, s.hash INTO last FROM seal s WHERE s.book_id = NEW.book_id ORDER BY s.sequence DESC LIMIT 1;
  IF NEW.sequence <> coalesce(last.sequence, 0) + 1
     OR NEW.previous <> coalesce(last.hash, decode(repeat('00', 32), 'hex'))
     OR length(NEW.root) <> 32 OR length(NEW.hash) <> 32 THEN
    RAISE EXCEPTION 'seal % of book % does not follow the one before', NEW.sequence, NEW.book_id
      USING ERRCODE = '23514', CONSTRAINT = 'seal_chain';
  END IF;
  SELECT count(*) AS leaves, coalesce(min(s.position), -1) AS first, coalesce(max(s.position), -1) AS last, count(e.id) AS entries
    INTO seen
    FROM entry_seal s
    LEFT JOIN entry e ON e.id = s.entry_id AND e.book_id = s.book_id AND e.journal = s.journal AND e.period_id = s.period_id
   WHERE s.book_id = NEW.book_id AND s.sequence = NEW.sequence;
  IF seen.leaves <> NEW.size OR seen.entries <> NEW.size OR seen.first <> 0 OR seen.last <> NEW.size - 1 THEN
    RAISE EXCEPTION 'seal % of book % has not the leaves of % of its entries', NEW.sequence, NEW.book_id, NEW.size
      USING ERRCODE = '23514', CONSTRAINT = 'seal_leaves';
  END IF;
  IF EXISTS (
      SELECT 1 FROM entry_seal s WHERE s.book_id = NEW.book_id AND s.sequence = NEW.sequence GROUP BY s.journal, s.period_id
      HAVING max(s.number) - min(s.number) + 1 <> count(*) OR min(s.number) <> 1 + coalesce((
        SELECT max(o.number) FROM entry_seal o WHERE o.book_id = NEW.book_id AND o.journal = s.journal
           AND o.period_id = s.period_id AND o.sequence <> NEW.sequence), 0)) THEN
    RAISE EXCEPTION 'seal % of book % leaves a gap in the numbers of a journal', NEW.sequence, NEW.book_id
      USING ERRCODE = '23514', CONSTRAINT = 'seal_numbers';
  END IF;
  RETURN NEW;
END $$

-- Whoever writes leaves waits here for who else does; so none is added to a seal that is being written.
CREATE FUNCTION book_check_leaves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM seal_state FOR UPDATE;
  IF EXISTS (SELECT 1 FROM added l JOIN seal s ON s.book_id = l.book_id AND s.sequence = l.sequence) THEN
    RAISE EXCEPTION 'the seal is complete' USING ERRCODE = '23514', CONSTRAINT = 'entry_sealed';
  END IF;
  RETURN NULL;
END $$

CREATE TRIGGER seal_check BEFORE INSERT ON seal FOR EACH ROW EXECUTE FUNCTION book_check_seal()

CREATE TRIGGER seal_kept BEFORE UPDATE OR DELETE ON seal FOR EACH ROW EXECUTE FUNCTION book_append_only()

CREATE TRIGGER seal_not_emptied BEFORE TRUNCATE ON seal FOR EACH STATEMENT EXECUTE FUNCTION book_append_only()

CREATE TRIGGER entry_seal_check AFTER INSERT ON entry_seal REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION book_check_leaves()

CREATE TRIGGER entry_seal_kept BEFORE UPDATE OR DELETE ON entry_seal FOR EACH ROW EXECUTE FUNCTION book_append_only()

CREATE TRIGGER entry_seal_not_emptied BEFORE TRUNCATE ON entry_seal FOR EACH STATEMENT EXECUTE FUNCTION book_append_only()

-- After a rebase every epoch lies below the sealer's horizon, so it begins anew and leaves out what is sealed.
CREATE FUNCTION book_begin_sealing_anew() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.upto < OLD.upto THEN
    UPDATE seal_state SET upto = NEW.upto;
  END IF;
  RETURN NULL;
END $$

CREATE TRIGGER fold_state_lowered AFTER UPDATE ON fold_state FOR EACH ROW EXECUTE FUNCTION book_begin_sealing_anew()

DO $$
DECLARE f record;
BEGIN
  FOR f IN SELECT p.oid::regprocedure AS signature FROM pg_proc p
            WHERE p.pronamespace = current_schema()::regnamespace AND p.proname LIKE 'book\_%' LOOP
    EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', f.signature, current_schema());
  END LOOP;
END $$
