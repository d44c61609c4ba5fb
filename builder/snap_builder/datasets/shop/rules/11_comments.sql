-- Comments on rows of two tables.

-- rule: comments_on_reviews
-- about: a comment on a review names one that is there
-- limit: 0
SELECT c.id, subject_id FROM comments c ANTI JOIN reviews t ON t.id = c.subject_id WHERE subject_type = 'reviews';

-- rule: comments_on_deliveries
-- about: a comment on a delivery names one that is there
-- limit: 0
SELECT c.id, subject_id FROM comments c ANTI JOIN deliveries t ON t.id = c.subject_id WHERE subject_type = 'deliveries';

-- rule: comments_shares
-- about: the share of comments that are on reviews
-- between: 0.78 0.82
-- needs: comments 200
SELECT avg((subject_type = 'reviews')::INT) FROM comments;

-- rule: comments_say_something
-- about: a comment is not empty
-- limit: 0
SELECT id FROM comments WHERE trim(body) = '';

-- rule: comments_before_as_of
-- about: nobody comments after as-of
-- limit: 0
SELECT id, written_at FROM comments WHERE written_at >= getvariable('as_of');
