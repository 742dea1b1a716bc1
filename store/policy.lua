-- Reads the policy as it is at one moment.
-- KEYS: version, settings, the set of prefixes, working time, calendars.
-- ARGV: what precedes a rule in the key of its entry, which lies in the same
--       slot; how many prefixes to read at the most, as callers wait meanwhile.
-- Returns the version, the settings, working time, calendars, and for each
-- prefix its rule, milliseconds to live and fields; or none of the latter if
-- there are more.
local answer = {redis.call('GET', KEYS[1]) or '', redis.call('HGETALL', KEYS[2]),
	redis.call('HGETALL', KEYS[4]), redis.call('HGETALL', KEYS[5])}
if redis.call('SCARD', KEYS[3]) <= tonumber(ARGV[2]) then
	answer[5] = {}
	for i, rule in ipairs(redis.call('SMEMBERS', KEYS[3])) do
		answer[5][i] = {rule, redis.call('PTTL', ARGV[1] .. rule), redis.call('HGETALL', ARGV[1] .. rule)}
	end
end
return answer
