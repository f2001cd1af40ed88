local stage = require('stage')

local function begin(files)
  local it = stage.new(files or { ['a.txt'] = 'one\ntwo\n', ['b.txt'] = 'ünd 𝕏 x\n' })
  it:start()
  return it
end

describe('saving for a command', function()
  it('writes what is unsaved', function()
    local it = begin()
    local buffer = it:edit('a.txt')
    vim.api.nvim_buf_set_lines(buffer, 0, 1, true, { 'ONE' })
    local uri = vim.uri_from_bufnr(buffer)
    assert.are.same({ saved = { uri } }, it.server:ask('tiro/saveDocuments', { uris = { uri } }))
    assert.are.same({ 'ONE', 'two' }, vim.fn.readfile(it.root .. '/a.txt'))
  end)

  it('does it in a buffer that no window shows, and in one with an odd name', function()
    local it = begin({ ['a b [1]ü.txt'] = 'one\n' })
    local buffer = it:edit('a b [1]ü.txt')
    vim.api.nvim_buf_set_lines(buffer, 0, 1, true, { 'ONE' })
    vim.cmd('hide enew')
    it.server:ask('tiro/saveDocuments', { uris = { vim.uri_from_bufnr(buffer) } })
    assert.are.same({ 'ONE' }, vim.fn.readfile(it.root .. '/a b [1]ü.txt'))
  end)

  it('says what cannot be written, and saves the others', function()
    local it = begin()
    local a, b = it:edit('a.txt'), it:edit('b.txt')
    vim.api.nvim_buf_set_lines(a, 0, 1, true, { 'ONE' })
    vim.api.nvim_buf_set_lines(b, 0, 1, true, { 'TWO' })
    vim.bo[a].readonly = true
    local uris = { vim.uri_from_bufnr(a), vim.uri_from_bufnr(b) }
    assert.are.same({ saved = { uris[2] } }, it.server:ask('tiro/saveDocuments', { uris = uris }))
    assert.is_truthy(it:told():find('a.txt was not saved: E45', 1, true), it:told())
    assert.is_true(vim.bo[a].modified)
  end)
end)

describe('diagnostics', function()
  local function set(buffer, severity, message, source, column)
    local namespace = vim.api.nvim_create_namespace('spec.' .. message)
    vim.diagnostic.set(namespace, buffer, {
      {
        lnum = 0,
        col = column or 0,
        end_lnum = 0,
        end_col = (column or 0) + 1,
        severity = severity,
        message = message,
        source = source,
      },
    })
  end

  it('of all servers are told, by file, as LSP counts', function()
    local it = begin()
    local buffer = it:edit('b.txt')
    set(buffer, vim.diagnostic.severity.ERROR, 'bad x', 'rustc', #'ünd 𝕏 ')
    assert.are.same({
      {
        uri = vim.uri_from_bufnr(buffer),
        diagnostics = {
          {
            range = { start = { line = 0, character = 7 }, ['end'] = { line = 0, character = 8 } },
            severity = 1,
            source = 'rustc',
            message = 'bad x',
          },
        },
      },
    }, it.server:ask('tiro/diagnostics', {}))
  end)

  it('that matter little, or are its own, are left out', function()
    local it = begin()
    local buffer = it:edit('a.txt')
    set(buffer, vim.diagnostic.severity.HINT, 'a hint', 'x')
    set(buffer, vim.diagnostic.severity.ERROR, 'a hunk', 'tiro')
    assert.are.same({}, it.server:ask('tiro/diagnostics', {}))
  end)

  it('are filtered as the person says', function()
    local it = begin()
    require('tiro').setup({ diagnostics = { severity = vim.diagnostic.severity.HINT } })
    set(it:edit('a.txt'), vim.diagnostic.severity.HINT, 'a hint', 'x')
    assert.are.same('a hint', it.server:ask('tiro/diagnostics', {})[1].diagnostics[1].message)
  end)

  it('of one file are those', function()
    local it = begin()
    local a, b = it:edit('a.txt'), it:edit('b.txt')
    set(a, vim.diagnostic.severity.ERROR, 'of a', 'x')
    set(b, vim.diagnostic.severity.ERROR, 'of b', 'x')
    local found = it.server:ask('tiro/diagnostics', { uri = vim.uri_from_bufnr(b) })
    assert.are.same({ 1, 'of b' }, { #found, found[1].diagnostics[1].message })
    assert.are.same({}, it.server:ask('tiro/diagnostics', { uri = 'file:///nowhere' }))
  end)
end)

describe('the context', function()
  it('has the file, the cursor, and what is open, the present one first', function()
    local it = begin()
    local a = it:edit('a.txt')
    local b = it:edit('b.txt')
    vim.api.nvim_win_set_cursor(0, { 1, #'ünd 𝕏' + 1 })
    local context = it.server:ask('tiro/context', {})
    assert.are.same({ vim.uri_from_bufnr(b), vim.uri_from_bufnr(a) }, context.openFiles)
    assert.are.same(vim.uri_from_bufnr(b), context.activeFile)
    assert.are.same({ line = 0, character = 7 }, context.cursor)
    assert.is_nil(context.selection)
  end)

  it('has what is selected', function()
    local it = begin()
    it:edit('a.txt')
    vim.cmd('normal! ggVj')
    local context = it.server:ask('tiro/context', {})
    vim.cmd('normal! \27')
    assert.are.same({ line = 0, character = 0 }, context.selection.start)
    assert.are.same({ line = 1, character = 3 }, context.selection['end'])
  end)

  it('is that of the file when the person is in the chat', function()
    local it = begin()
    local a = it:edit('a.txt')
    vim.api.nvim_win_set_cursor(0, { 2, 1 })
    require('tiro.chat').open(it.session)
    local context = it.server:ask('tiro/context', {})
    assert.are.same({ vim.uri_from_bufnr(a), 1 }, { context.activeFile, context.cursor.line })
  end)

  it('has the quickfix list', function()
    local it = begin()
    local a = it:edit('a.txt')
    vim.fn.setqflist({ { bufnr = a, lnum = 2, col = 1, text = 'here' } })
    assert.are.same({
      {
        uri = vim.uri_from_bufnr(a),
        range = { start = { line = 1, character = 0 }, ['end'] = { line = 1, character = 0 } },
        text = 'here',
      },
    }, it.server:ask('tiro/context', {}).quickfix)
  end)

  it('has the branch that gitsigns knows, of the file or of the folder', function()
    local it = begin()
    local a = it:edit('a.txt')
    vim.g.gitsigns_head = 'main'
    assert.are.same('main', it.server:ask('tiro/context', {}).branch)
    vim.b[a].gitsigns_head = 'fix'
    assert.are.same('fix', it.server:ask('tiro/context', {}).branch)
    vim.g.gitsigns_head = nil
  end)

  it('is empty where there is nothing', function()
    local it = begin()
    assert.are.same({ openFiles = {} }, it.server:ask('tiro/context', {}))
  end)
end)
