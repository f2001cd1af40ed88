local stage = require('stage')

local function begin(options)
  local it = stage.new({ ['a.txt'] = 'one\n' }, options)
  it:start()
  it.server:event('taskStarted')
  return it
end

local function ask(it, id, more)
  local before = #it.session.approvals
  it.server:event(
    'execApprovalRequest',
    vim.tbl_extend('force', { call_id = id, command = { 'cargo', 'test' }, cwd = '/p' }, more or {})
  )
  stage.wait_for('the question', function()
    return #it.session.approvals == before + 1
  end)
end

--- The window of the question, and its lines.
local function float()
  for _, window in ipairs(vim.api.nvim_list_wins()) do
    local buffer = vim.api.nvim_win_get_buf(window)
    if vim.bo[buffer].filetype == 'tiroapproval' then
      return window, vim.api.nvim_buf_get_lines(buffer, 0, -1, true)
    end
  end
end

describe('an approval', function()
  it('shows the command, the directory, the reason and what each answer covers', function()
    local it = begin()
    ask(it, 'c', { reason = 'it is not known to be safe' })
    local _, lines = float()
    assert.are.same({
      '$ cargo test',
      '',
      'in      /p',
      'why     it is not known to be safe',
      '',
      'a       run it once, in the sandbox',
      'A       run this very command in this very directory without asking, in the sandbox, for',
      '        the session',
      "d       don't run it",
      'q       later: `:Tiro approvals` shows it again',
    }, lines)
  end)

  it('shows every line of a script', function()
    local it = begin()
    ask(it, 'c', { command = { 'bash', '-lc', 'set -e\nmake\nmake install' } })
    local _, lines = float()
    assert.are.same({ '$ set -e', '  make', '  make install' }, vim.list_slice(lines, 1, 3))
  end)

  it('says what is allowed beyond the sandbox', function()
    local it = begin()
    ask(it, 'c', { permissions = { 'network-full-access', { ['disk-write-folder'] = { folder = '/srv' } } } })
    local text = table.concat(select(2, float()), '\n')
    assert.is_truthy(text:find('a       allow the network and writing /srv this once', 1, true), text)
    assert.is_truthy(text:find('A       allow the network and writing /srv to every command', 1, true), text)
  end)

  it('says that it would run without the sandbox', function()
    local it = begin()
    ask(it, 'c', { unsandboxed = true })
    assert.is_truthy(
      table.concat(select(2, float()), '\n'):find('a       run it without the sandbox', 1, true)
    )
  end)

  it('does not take the cursor', function()
    local it = begin()
    it:edit('a.txt')
    local window = vim.api.nvim_get_current_win()
    ask(it, 'c')
    assert.is_truthy(float())
    assert.are.same(window, vim.api.nvim_get_current_win())
  end)

  it('takes the cursor from the chat, where nothing is typed', function()
    local it = begin()
    require('tiro.chat').open(it.session)
    vim.cmd('wincmd p')
    vim.api.nvim_set_current_win(vim.fn.bufwinid(require('tiro.chat').of(it.session).buffer))
    ask(it, 'c')
    assert.are.same(float(), vim.api.nvim_get_current_win())
  end)

  it('leaves it in the chat if the person wants that', function()
    local it = begin({ approvals = { focus = 'never' } })
    require('tiro.chat').open(it.session)
    vim.api.nvim_set_current_win(vim.fn.bufwinid(require('tiro.chat').of(it.session).buffer))
    ask(it, 'c')
    assert.are_not.same(float(), vim.api.nvim_get_current_win())
  end)

  for key, decision in pairs({ a = 'approved', A = 'approved_for_session', d = 'denied' }) do
    it(('is answered by %s: %s'):format(key, decision), function()
      local it = begin()
      ask(it, 'c')
      vim.cmd('Tiro approvals')
      stage.press(key)
      stage.wait_for('the end of the question', function()
        return #it.session.approvals == 0
      end)
      assert.are.same({ { id = 'c', decision = decision } }, it.server:sent('execApproval'))
      assert.is_nil(float())
    end)
  end

  it('leaves a trace in the chat when it is denied, as nothing else does', function()
    local it = begin()
    ask(it, 'c')
    require('tiro.approvals').decide(it.session, 'denied')
    stage.wait_for('the trace', function()
      local chat = it:chat()
      return chat[#chat] == '*You did not allow $ cargo test*'
    end)
    it.server:event(
      'applyPatchApprovalRequest',
      { call_id = 'p', changes = { [it.root .. '/a'] = 'delete' } }
    )
    stage.wait_for('the question', function()
      return #it.session.approvals == 1
    end)
    require('tiro.approvals').decide(it.session, 'denied')
    stage.wait_for('the trace', function()
      local chat = it:chat()
      return chat[#chat] == '*You did not allow changes of a*'
    end)
  end)

  it('waits when it is put off, and is shown again', function()
    local it = begin()
    ask(it, 'c')
    vim.cmd('Tiro approvals')
    stage.press('q')
    assert.is_nil(float())
    assert.are.same({ 1, {} }, { #it.session.approvals, it.server:sent('execApproval') })
    vim.cmd('Tiro approvals')
    assert.are.same(float(), vim.api.nvim_get_current_win())
  end)

  it('is one of several, in a list', function()
    local it = begin()
    ask(it, 'c1')
    ask(it, 'c2', { command = { 'make' } })
    vim.cmd('Tiro approvals')
    local _, lines = float()
    assert.are.same({ '> $ cargo test', '  $ make' }, vim.list_slice(lines, #lines - 1))
    stage.press('<Tab>')
    stage.press('d')
    stage.wait_for('one less', function()
      return #it.session.approvals == 1
    end)
    assert.are.same('c2', it.server:sent('execApproval')[1].id)
    assert.are.same('$ cargo test', select(2, float())[1])
  end)

  it('of a patch names the files, and offers no folder that was not asked for', function()
    local it = begin()
    it.server:event(
      'applyPatchApprovalRequest',
      { call_id = 'p', changes = { [it.root .. '/a.txt'] = 'delete' } }
    )
    stage.wait_for('the question', function()
      return #it.session.approvals == 1
    end)
    local _, lines = float()
    assert.are.same('a.txt', lines[1])
    assert.is_nil(table.concat(lines, '\n'):find('\nA ', 1, true))
    require('tiro.approvals').decide(it.session, 'approved_for_session')
    assert.are.same({}, it.server:sent('patchApproval'))
    require('tiro.approvals').decide(it.session, 'approved')
    assert.are.same({ { id = 'p', decision = 'approved' } }, it.server:sent('patchApproval'))
  end)

  it('goes when the command began, and when the task ended', function()
    local it = begin()
    ask(it, 'c')
    it.server:event('execCommandBegin', { call_id = 'c', command = { 'x' }, cwd = '/' })
    stage.wait_for('the end of the question', function()
      return not float()
    end)
    ask(it, 'd')
    it.server:event('taskComplete')
    stage.wait_for('the end of the question', function()
      return not float()
    end)
  end)

  it('that is refused goes on waiting', function()
    local it = begin()
    ask(it, 'c')
    it.server.refuse['tiro/execApproval'] = 'no such approval'
    require('tiro.approvals').decide(it.session, 'approved')
    stage.wait_for('the message', function()
      return it:told():find('no such approval', 1, true)
    end)
    assert.are.same(1, #it.session.approvals)
  end)

  it('of any other question has its answers by number', function()
    local it = begin()
    local answer
    coroutine.wrap(function()
      answer = it.server:ask('window/showMessageRequest', {
        type = 2,
        message = 'a.txt has unsaved changes.',
        actions = { { title = 'Run anyway' }, { title = "Don't run" } },
      })
    end)()
    assert.are.same(
      { 'a.txt has unsaved changes.', '', '1       Run anyway', "2       Don't run" },
      vim.list_slice(select(2, float()), 1, 4)
    )
    vim.cmd('Tiro approvals')
    stage.press('2')
    stage.wait_for('the answer', function()
      return answer
    end)
    assert.are.same({ title = "Don't run" }, answer)
  end)

  it('of a question that is settled otherwise gets no answer', function()
    local it = begin()
    local answer
    coroutine.wrap(function()
      answer =
        it.server:ask('window/showMessageRequest', { type = 2, message = 'm', actions = { { title = 'x' } } })
    end)()
    it.server:event('execCommandBegin', { call_id = 'c', command = { 'x' }, cwd = '/' })
    stage.wait_for('the end of the question', function()
      return answer
    end)
    assert.are.same(vim.NIL, answer)
  end)
end)
