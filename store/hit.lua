-- Counts calls that an entry decided, unless it has gone in the meantime.
-- ARGV: the rule, how many calls, the time of the last in Unix seconds.
if redis.call('ZSCORE', key('created'), ARGV[3]) then
	mark()
	redis.call('ZINCRBY', key('hits'), ARGV[4], ARGV[3])
	redis.call('ZADD', key('last-hit'), 'GT', ARGV[5], ARGV[3])
end
return 1
