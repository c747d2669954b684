-- What is always true of a book. Every statement must give no row, on SQLite and PostgreSQL alike; a row is the id
-- of what is wrong and a detail. Each paragraph begins with the name of the check and what its ids are ids of;
-- `ecot books verify` runs them all, and an auditor can run any of them alone (:book is the book's id).

-- posting_without_entry: entry
SELECT DISTINCT l.entry_id, 'line without a header' FROM posting l
 WHERE NOT EXISTS (SELECT 1 FROM entry e WHERE e.id = l.entry_id AND e.epoch = l.epoch)
   AND NOT EXISTS (SELECT 1 FROM account a WHERE a.id = l.account_id AND a.book_id <> :book)

-- unbalanced: entry
SELECT l.entry_id, a.currency
  FROM posting l JOIN entry e ON e.id = l.entry_id JOIN account a ON a.id = l.account_id
 WHERE e.book_id = :book
 GROUP BY l.entry_id, a.currency HAVING sum(l.amount) <> 0

-- project_unbalanced: entry
SELECT l.entry_id, l.project
  FROM posting l JOIN entry e ON e.id = l.entry_id JOIN account a ON a.id = l.account_id
 WHERE e.book_id = :book AND l.project <> ''
 GROUP BY l.entry_id, l.project, a.currency HAVING sum(l.amount) <> 0

-- lines_missing: entry
SELECT e.id, count(l.n)
  FROM entry e LEFT JOIN posting l ON l.entry_id = e.id
 WHERE e.book_id = :book
 GROUP BY e.id HAVING count(l.n) < 2 OR min(l.n) <> 1 OR max(l.n) <> count(l.n)

-- day_differs: entry
SELECT DISTINCT e.id, e.effective_on
  FROM entry e JOIN posting l ON l.entry_id = e.id
 WHERE e.book_id = :book AND (l.effective_on <> e.effective_on OR e.occurred_on > e.effective_on)

-- outside_its_period: entry
SELECT e.id, e.effective_on
  FROM entry e LEFT JOIN period p ON p.id = e.period_id AND p.book_id = e.book_id
 WHERE e.book_id = :book AND (p.id IS NULL OR e.effective_on < p.starts_on OR e.effective_on > p.ends_on)

-- changed_after_closing: period
SELECT p.id, p.starts_on
  FROM period p
 WHERE p.book_id = :book AND p.closed_at IS NOT NULL
   AND coalesce(p.closed_entries, -1) <> (SELECT count(*) FROM entry e WHERE e.period_id = p.id)

-- changed_after_soft_closing: period
SELECT p.id, p.starts_on
  FROM period p
 WHERE p.book_id = :book AND p.soft_closed_at IS NOT NULL
   AND coalesce(p.soft_closed_entries, -1) <> (
     SELECT count(*) FROM entry e JOIN journal j ON j.book_id = e.book_id AND j.code = e.journal
      WHERE e.period_id = p.id AND NOT j.closing_work)

-- acts_disagree: period
SELECT p.id, coalesce(a.act, 'no act')
  FROM period p
  LEFT JOIN period_act a ON a.id = (SELECT max(x.id) FROM period_act x WHERE x.period_id = p.id)
 WHERE p.book_id = :book
   AND NOT CASE coalesce(a.act, 'reopen')
     WHEN 'reopen' THEN p.soft_closed_at IS NULL AND p.closed_at IS NULL
     WHEN 'close' THEN p.soft_closed_at IS NOT NULL AND p.soft_closed_at = a.at AND p.closed_at IS NULL
     ELSE p.soft_closed_at IS NOT NULL AND p.closed_at IS NOT NULL AND p.closed_at = a.at END

-- result_left: period
SELECT c.id, c.code
  FROM (SELECT m.id, m.code, m.act, sum(m.amount) OVER (PARTITION BY m.code ORDER BY m.ends_on) AS balance
          FROM (SELECT p.id, p.ends_on, a.code, sum(l.amount) AS amount,
                       (SELECT count(*) FROM period_act x WHERE x.period_id = p.id AND x.act = 'close_for_good') AS act
                  FROM period p
                  JOIN book b ON b.id = p.book_id
                  JOIN entry e ON e.period_id = p.id
                  JOIN posting l ON l.entry_id = e.id
                  JOIN account a ON a.id = l.account_id AND a.currency = b.currency
                 WHERE p.book_id = :book AND a.kind IN ('income', 'expense')
                 GROUP BY p.id, p.ends_on, a.code) m) c
 WHERE c.act > 0 AND c.balance <> 0

-- closing_entry_wrong: entry
SELECT DISTINCT e.id, e.source
  FROM entry e
  JOIN posting l ON l.entry_id = e.id
  JOIN account a ON a.id = l.account_id
  LEFT JOIN period p ON p.id = e.period_id
 WHERE e.book_id = :book AND e.journal = 'CL'
   AND (p.closed_at IS NULL OR e.effective_on <> p.ends_on OR e.source <> 'close:' || p.id OR e.reverses_id IS NOT NULL
        OR l.project <> '' OR l.contributor <> '' OR a.kind NOT IN ('income', 'expense') AND a.code NOT LIKE '12%')

-- closed_out_of_order: period
SELECT p.id, q.id
  FROM period p JOIN period q ON q.book_id = p.book_id AND q.starts_on > p.starts_on
 WHERE p.book_id = :book AND (p.closed_at IS NULL AND q.closed_at IS NOT NULL
                             OR p.soft_closed_at IS NULL AND q.soft_closed_at IS NOT NULL)

-- periods_overlap: period
SELECT p.id, q.id
  FROM period p
  JOIN period q ON q.book_id = p.book_id AND q.id > p.id AND q.starts_on <= p.ends_on AND q.ends_on >= p.starts_on
 WHERE p.book_id = :book

-- foreign_account: entry
SELECT DISTINCT e.id, l.account_id
  FROM entry e JOIN posting l ON l.entry_id = e.id
  LEFT JOIN account a ON a.id = l.account_id AND a.book_id = e.book_id
 WHERE e.book_id = :book AND a.id IS NULL

-- account_closed: entry
SELECT DISTINCT e.id, a.code
  FROM entry e JOIN posting l ON l.entry_id = e.id JOIN account a ON a.id = l.account_id
 WHERE e.book_id = :book AND a.closed_on < e.effective_on AND e.journal <> 'CL'

-- unknown_journal: entry
SELECT e.id, e.journal
  FROM entry e LEFT JOIN journal j ON j.book_id = e.book_id AND j.code = e.journal
 WHERE e.book_id = :book AND j.code IS NULL

-- overdrawn: account
SELECT a.code, sum(l.amount)
  FROM account a JOIN posting l ON l.account_id = a.id
 WHERE a.book_id = :book AND a.guard <> 'none'
 GROUP BY a.code, a.guard
HAVING (a.guard = 'credit_only' AND sum(l.amount) > 0) OR (a.guard = 'debit_only' AND sum(l.amount) < 0)

-- not_a_mirror: entry
SELECT DISTINCT m.id, m.reverses_id
  FROM (SELECT r.id, r.reverses_id
          FROM entry r JOIN posting l ON l.entry_id IN (r.id, r.reverses_id)
         WHERE r.book_id = :book AND r.reverses_id IS NOT NULL
         GROUP BY r.id, r.reverses_id, l.account_id, l.project, l.contributor HAVING sum(l.amount) <> 0) m

-- not_reversible: entry
SELECT r.id, r.reverses_id
  FROM entry r LEFT JOIN entry o ON o.id = r.reverses_id AND o.book_id = r.book_id
 WHERE r.book_id = :book AND r.reverses_id IS NOT NULL
   AND (o.id IS NULL OR o.reverses_id IS NOT NULL OR o.journal = 'CL')

-- numbers_have_a_gap: journal
SELECT s.journal, s.period_id
  FROM entry_seal s
 WHERE s.book_id = :book
 GROUP BY s.journal, s.period_id HAVING min(s.number) <> 1 OR max(s.number) <> count(*)

-- left_unsealed: entry
SELECT e.id, e.source
  FROM entry e
 WHERE e.book_id = :book AND e.epoch < (SELECT upto FROM seal_state)
   AND NOT EXISTS (SELECT 1 FROM entry_seal s WHERE s.entry_id = e.id AND s.book_id = e.book_id)

-- folded_balance_wrong: account
SELECT a.code, sum(b.amount)
  FROM (SELECT account_id, debits - credits AS amount, debits AS debit FROM balance_now
        UNION ALL
        SELECT account_id, -amount, CASE WHEN amount > 0 THEN -amount ELSE 0 END
          FROM posting WHERE epoch < (SELECT upto FROM fold_state)) b
  JOIN account a ON a.id = b.account_id
 WHERE a.book_id = :book
 GROUP BY a.code HAVING sum(b.amount) <> 0 OR sum(b.debit) <> 0

-- folded_day_wrong: account
SELECT a.code, b.effective_on
  FROM (SELECT account_id, effective_on, debits - credits AS amount, debits AS debit FROM balance_day
        UNION ALL
        SELECT account_id, effective_on, -amount, CASE WHEN amount > 0 THEN -amount ELSE 0 END
          FROM posting WHERE epoch < (SELECT upto FROM fold_state)) b
  JOIN account a ON a.id = b.account_id
 WHERE a.book_id = :book
 GROUP BY a.code, b.effective_on HAVING sum(b.amount) <> 0 OR sum(b.debit) <> 0

-- folded_project_wrong: account
SELECT a.code, b.project
  FROM (SELECT account_id, project, effective_on, debits - credits AS amount, debits AS debit FROM balance_project_day
        UNION ALL
        SELECT account_id, project, effective_on, -amount, CASE WHEN amount > 0 THEN -amount ELSE 0 END
          FROM posting WHERE project <> '' AND epoch < (SELECT upto FROM fold_state)) b
  JOIN account a ON a.id = b.account_id
 WHERE a.book_id = :book
 GROUP BY a.code, b.project, b.effective_on HAVING sum(b.amount) <> 0 OR sum(b.debit) <> 0
