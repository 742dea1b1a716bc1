-- Comes, after lib.lua, before every script that changes the list: what must
-- agree about a rule changes here, and here only.
-- A line is RULE\tKIND\tCREATED\tEXPIRES\tACTION\tSOURCE\tAUTHOR\tREASON.

-- sound fails if a key of the list holds something else than it should.
local function sound()
	for _, name in ipairs({'list', 'created', 'expires', 'hits', 'last-hit', 'prefixes', 'allowed'}) do
		redis.call('ZCARD', key(name))
	end
	redis.call('HLEN', key('ranged'))
	redis.call('GET', key('version'))
	redis.call('XLEN', key('audit'))
end

-- lines returns the lines of a rule: one, unless another program has added another.
local function lines(rule, name)
	return redis.call('ZRANGEBYLEX', key(name or 'list'), '[' .. rule .. '\t', '(' .. rule .. '\n')
end

-- read returns kind, creation and expiry of a line.
local function read(line)
	return string.match(line, '^[^\t]*\t(%l*)\t(%d*)\t(%d*)\t')
end

-- live returns the first of some lines that can be read and has not ended,
-- and its kind.
local function live(some, now)
	for _, line in ipairs(some) do
		local kind, _, expires = read(line)
		if (kind == 'block' or kind == 'allow') and (expires == '' or tonumber(expires) > now) then
			return line, kind
		end
	end
end

-- counts returns the hits and the last hit of a rule as an event has them.
local function counts(rule)
	local hits = redis.call('ZSCORE', key('hits'), rule)
	if not hits then
		return ''
	end
	return '\t' .. hits .. '\t' .. (redis.call('ZSCORE', key('last-hit'), rule) or '')
end

-- What is to be written, by the name of the sorted set, or of the hash.
local gone, fresh, policy = {}, {}, false
local goneFields, freshFields = {ranged = {}}, {ranged = {}}

local function without(name, member)
	local members = gone[name] or {}
	gone[name] = members
	members[#members + 1] = member
end

local function with(name, score, member)
	local members = fresh[name] or {}
	local n = #members
	fresh[name], members[n + 1], members[n + 2] = members, score, member
end

-- change puts a line in the place of those that a rule has, or nothing if it is
-- nil. With keep, its hits are those that the rule has, else the given ones.
local function change(rule, before, line, keep, hits, last)
	local star = string.find(rule, '*', 2, true)
	local prefix = star and (string.find(rule, '^[^:]+%*$') or string.find(rule, '^[^:]+%*:'))
	if star and not prefix and string.find(rule, ':.*%*$') then
		-- An exact number for a range of dialled numbers.
		local fields = line and freshFields.ranged or goneFields.ranged
		fields[#fields + 1], fields[#fields + 2] = rule, line
	end
	for _, was in ipairs(before) do
		without('list', was)
		if not prefix and read(was) == 'allow' then
			policy = true
			without('allowed', was)
		end
	end
	for _, was in ipairs(prefix and lines(rule, 'prefixes') or {}) do
		policy = true
		without('prefixes', was)
	end
	if not keep and (#before > 0 or not line) then
		without('hits', rule)
		without('last-hit', rule)
	end
	if not line then
		without('created', rule)
		without('expires', rule)
		return
	end
	local kind, created, expires = read(line)
	with('list', 0, line)
	with('created', created == '' and 0 or created, rule)
	if expires ~= '' then
		with('expires', expires, rule)
	elseif #before > 0 then
		without('expires', rule)
	end
	if prefix or kind == 'allow' then
		policy = true
		with(prefix and 'prefixes' or 'allowed', 0, line)
	end
	if not keep and hits then
		with('hits', hits, rule)
		with('last-hit', last, rule)
	end
end

-- write writes what has been changed. No command gets more than Lua can pass.
local function write()
	mark()
	for _, step in ipairs({{'ZREM', gone}, {'HDEL', goneFields}, {'ZADD', fresh}, {'HSET', freshFields}}) do
		for name, members in pairs(step[2]) do
			for i = 1, #members, 1000 do
				redis.call(step[1], key(name), unpack(members, i, math.min(#members, i + 999)))
			end
		end
	end
	if policy then
		bump()
	end
end

-- forget ends what rate rules have counted of the caller of a rule.
local function forget(rule)
	local caller = string.match(rule, '^[^:]*')
	local windows = redis.call('ZRANGE', key('rate:' .. caller), 0, -1)
	redis.call('DEL', key('strikes:' .. caller), key('rate:' .. caller),
		key('rate:' .. caller .. ':always'), key('rate:' .. caller .. ':off-hours'), unpack(windows))
end
