-- Reads the policy as it is at one moment.
-- KEYS: version, settings, the set of prefixes, the allowed rules.
-- ARGV: what precedes a rule in the key of its entry, which lies in the same
--       slot; how many allowed rules to return at the most.
-- Returns the version, the settings, for each prefix its rule, milliseconds to
-- live and fields, and the allowed rules that a blocked prefix covers.
local prefixes, covered, seen = {}, {}, {}
local room = tonumber(ARGV[2])
for _, rule in ipairs(redis.call('SMEMBERS', KEYS[3])) do
	local flat = redis.call('HGETALL', ARGV[1] .. rule)
	if #flat > 0 then
		prefixes[#prefixes + 1] = {rule, redis.call('PTTL', ARGV[1] .. rule), flat}
		local blocks = false
		for i = 1, #flat, 2 do
			blocks = blocks or flat[i] == 'kind' and flat[i + 1] == 'block'
		end
		if blocks and room > 0 then
			local start = string.match(rule, '^[^*]*')
			for _, allowed in ipairs(redis.call('ZRANGEBYLEX', KEYS[4], '[' .. start, '(' .. start .. '\255', 'LIMIT', 0, ARGV[2])) do
				if not seen[allowed] and room > 0 then
					seen[allowed] = true
					room = room - 1
					covered[#covered + 1] = allowed
				end
			end
		end
	end
end
return {redis.call('GET', KEYS[1]) or '0', redis.call('HGETALL', KEYS[2]), prefixes, covered}
