local transcript = require('tiro.chat.transcript')

local function lines_of(name, count)
  local lines = {}
  for number = 1, count do
    table.insert(lines, name .. number)
  end
  return lines
end

local function text(it)
  return vim.api.nvim_buf_get_lines(it.buffer, 0, -1, true)
end

describe('a transcript', function()
  it('writes much text in parts, in its order', function()
    local it = transcript.new(vim.api.nvim_create_buf(false, true))
    it:append({ 'begin' })
    local one, two = it:open({ '' }, 1), it:open({ '' }, 1)
    it:grow(one, table.concat(lines_of('a', 250), '\n'))
    it:grow(two, table.concat(lines_of('b', 3), '\n'))
    it:grow(one, 'x')
    it:write(100)
    local expected = vim.list_extend({ 'begin', '' }, lines_of('a', 100))
    vim.list_extend(expected, { '', '', 'b1', 'b2', 'b3' })
    assert.are.same(expected, text(it))
    assert(vim.wait(5000, function()
      return #text(it) == 256
    end, 1))
    local whole = vim.list_extend({ 'begin', '' }, lines_of('a', 250))
    whole[#whole] = 'a250x'
    assert.are.same(vim.list_extend(vim.list_extend(whole, { '' }), lines_of('b', 3)), text(it))
  end)

  it('has written all before something else is added', function()
    local it = transcript.new(vim.api.nvim_create_buf(false, true))
    it:grow(it:open({ '' }, 1), table.concat(lines_of('a', 250), '\n'))
    it:write(100)
    it:append({ 'end' })
    assert.are.same(vim.list_extend(lines_of('a', 250), { '', 'end' }), text(it))
  end)

  it('never writes more than sixty lines at once, and does what follows in its turn', function()
    local it = transcript.new(vim.api.nvim_create_buf(false, true))
    local most, put = 0, vim.api.nvim_buf_set_lines
    vim.api.nvim_buf_set_lines = function(buffer, from, to, strict, lines)
      most = math.max(most, #lines)
      put(buffer, from, to, strict, lines)
    end
    local done = {}
    it:grow(it:open({ '' }, 1), table.concat(lines_of('a', 450), '\n'))
    it:after(function()
      it:append({ 'then' })
      local more = it:open({ '' }, 1)
      it:grow(more, table.concat(lines_of('b', 250), '\n'))
      it:next(function()
        table.insert(done, ('the second text, %d lines'):format(#it:lines(more)))
      end)
    end)
    it:after(function()
      table.insert(done, 'last')
    end)
    assert.are.same({}, done)
    assert.are.same({ '' }, text(it))
    local came = vim.wait(5000, function()
      return #done == 2
    end, 1)
    vim.api.nvim_buf_set_lines = put
    assert(came)
    assert.are.same({ 'the second text, 250 lines', 'last' }, done)
    assert(most <= 60, most .. ' lines at once')
    local expected = vim.list_extend(lines_of('a', 450), { '', 'then', '' })
    assert.are.same(vim.list_extend(expected, lines_of('b', 250)), text(it))
    assert.is_false(it:is_behind())
  end)

  it('goes on when a step fails, which is said', function()
    local it = transcript.new(vim.api.nvim_create_buf(false, true))
    it:grow(it:open({ '' }, 1), table.concat(lines_of('a', 250), '\n'))
    local done
    it:after(function()
      error('on purpose')
    end)
    it:after(function()
      done = true
    end)
    local schedule, failed = vim.schedule, {}
    vim.schedule = function(use)
      table.insert(failed, use)
    end
    it:flush()
    vim.schedule = schedule
    assert.is_true(done)
    assert.are.equal(1, #failed)
    assert.has_error(failed[1], 'on purpose')
  end)

  it('keeps the last lines of a block that has a most, also of far too many', function()
    local it = transcript.new(vim.api.nvim_create_buf(false, true))
    local block = it:open({ 'head', '', 'foot' }, 2, 200)
    it:grow(block, 'x\n' .. table.concat(lines_of('a', 5000), '\n') .. '\n')
    it:flush()
    local kept = text(it)
    assert.are.equal('head', kept[1])
    assert.are.equal('foot', kept[#kept])
    assert.are.equal('a5000', kept[#kept - 2])
    assert.are.equal(5002 - 200, block.cut)
    assert.are.equal(200, #kept - 2)
  end)
end)
