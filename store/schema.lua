-- Marks data with the version of their schema, unless they are of a newer one.
-- KEYS: the version. ARGV: this one.
-- Returns the version as it is now.
local version = redis.call('GET', KEYS[1])
if version and not (tonumber(version) and tonumber(version) >= 1 and tonumber(version) < tonumber(ARGV[1])) then
	return version
end
redis.call('SET', KEYS[1], ARGV[1])
return ARGV[1]
