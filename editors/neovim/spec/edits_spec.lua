local stage = require('stage')

local function begin()
  local it = stage.new({ ['a.txt'] = 'one\ntwo\n', ['[1] b.txt'] = 'one\ntwo\n' })
  it:start()
  return it
end

--- What the server does with what was accepted.
local function apply(it, name, line, text)
  local uri = vim.uri_from_fname(it.root .. '/' .. name)
  local range = { start = { line = line, character = 0 }, ['end'] = { line = line, character = 3 } }
  return it.server:ask(
    'workspace/applyEdit',
    { edit = { changes = { [uri] = { { range = range, newText = text } } } } }
  )
end

local function text(buffer)
  return vim.api.nvim_buf_get_lines(buffer, 0, -1, true)
end

describe('an edit of the server', function()
  for _, name in ipairs({ 'a.txt', '[1] b.txt' }) do
    it('is a step of its own to undo, in ' .. name, function()
      local it = begin()
      local buffer = it:edit(name)
      vim.cmd('normal! Gothree')
      assert.is_true(apply(it, name, 0, 'ONE').applied)
      assert.are.same({ 'ONE', 'two', 'three' }, text(buffer))
      vim.cmd('silent undo')
      assert.are.same({ 'one', 'two', 'three' }, text(buffer))
      vim.cmd('silent undo')
      assert.are.same({ 'one', 'two' }, text(buffer))
      assert.are.same({ 'one', 'two' }, vim.fn.readfile(it.root .. '/' .. name), 'nothing is written')
    end)
  end

  it('reaches a buffer that is read-only, and leaves it so', function()
    local it = begin()
    local buffer = it:edit('a.txt')
    vim.bo[buffer].readonly = true
    assert.is_true(apply(it, 'a.txt', 0, 'ONE').applied)
    assert.are.same({ 'ONE', 'two' }, text(buffer))
    assert.is_true(vim.bo[buffer].readonly)
  end)

  it('is refused by a buffer that cannot be changed, which stays as it is', function()
    local it = begin()
    local buffer = it:edit('a.txt')
    vim.bo[buffer].modifiable = false
    local result = apply(it, 'a.txt', 0, 'ONE')
    assert.is_false(result.applied)
    assert.is_truthy(result.failureReason:find('a.txt cannot be changed here', 1, true))
    assert.are.same({ 'one', 'two' }, text(buffer))
  end)
end)

describe('a buffer', function()
  it('that is no file is none to the server, whatever its name', function()
    local it = begin()
    local buffer = vim.api.nvim_create_buf(true, false)
    vim.api.nvim_buf_set_name(buffer, it.root .. '/scratch.txt')
    vim.bo[buffer].buftype = 'nofile'
    vim.api.nvim_exec_autocmds('BufReadPost', { buffer = buffer })
    vim.wait(20)
    assert.are.same({}, vim.lsp.get_clients({ bufnr = buffer }))
    assert.are.same(
      { saved = {} },
      it.server:ask('tiro/saveDocuments', { uris = { vim.uri_from_bufnr(buffer) } })
    )
  end)

  it('that was wiped while something is proposed for it comes back with the proposal', function()
    local it = begin()
    local buffer = it:edit('a.txt')
    local hunk =
      { id = 'h1', orig_index = 2, deleted_lines = { 'two' }, inserted_lines = { 'TWO' }, state = 'pending' }
    local file = { path = it.root .. '/a.txt', kind = 'update', hunks = { hunk } }
    local function propose()
      it.server:event('proposalUpdated', { proposal = { id = 'p', open = true, files = { file } } })
    end
    propose()
    stage.wait_for('the proposal', function()
      return it.session.proposals.p
    end)
    vim.cmd('bwipeout! ' .. buffer)
    propose()
    vim.cmd('Tiro next')
    assert.are.same({ it.root .. '/a.txt', 2 }, { vim.api.nvim_buf_get_name(0), vim.fn.line('.') })
    vim.cmd('Tiro accept')
    stage.wait_for('the answer', function()
      return it.server:sent('decideHunks')[1]
    end)
    assert.are.same({ accept = { p = { 'h1' } } }, it.server:sent('decideHunks')[1])
    assert.are.same({}, it.said)
  end)
end)
