-- Takes a prefix out of the set of prefixes if its entry has expired.
-- KEYS: the entry, the set of prefixes. ARGV: the rule.
if redis.call('EXISTS', KEYS[1]) == 0 then
	return redis.call('SREM', KEYS[2], ARGV[1])
end
return 0
