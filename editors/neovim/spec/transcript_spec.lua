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
end)
