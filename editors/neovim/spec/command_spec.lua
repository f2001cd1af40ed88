local stage = require('stage')

local function begin()
  local it = stage.new({ ['a.lua'] = 'local one = 1\nreturn one\n' })
  it:edit('a.lua')
  it:start()
  return it
end

--- Answers the list that is asked for.
local function answer(it, op, event, params)
  it.server.on['tiro/' .. op] = function(request)
    it.server:event(event, vim.tbl_extend('error', params, { id = request.id }))
  end
end

--- Chooses an entry by its text as shown.
local function choose(wanted)
  local shown = {}
  vim.ui.select = function(items, options, done)
    local found
    for _, item in ipairs(items) do
      local text = options.format_item(item)
      table.insert(shown, text)
      if wanted and text:find(wanted, 1, true) then
        found = item
      end
    end
    done(found)
  end
  return shown
end

describe(':Tiro', function()
  it('completes its sub-commands', function()
    stage.new()
    assert.are.same({ 'accept', 'approvals', 'ask' }, vim.fn.getcompletion('Tiro a', 'cmdline'))
    assert.are.same({ 'file', 'all' }, vim.fn.getcompletion('Tiro accept ', 'cmdline'))
  end)

  it('names what there is when a sub-command is unknown', function()
    local it = stage.new()
    vim.cmd('Tiro acept')
    assert.is_truthy(
      it:told():find('there is no sub-command acept; there are accept, approvals, ask', 1, true)
    )
  end)

  it('asks what is typed after it', function()
    local it = begin()
    vim.cmd('Tiro ask why | not "this"?')
    assert.are.same('why | not "this"?', it.server:sent('userInput')[1].items[1].text)
  end)

  it('asks about the lines that are given', function()
    local it = begin()
    vim.cmd('1,2Tiro ask why?')
    assert.are.same(
      'why?\n\na.lua, lines 1 to 2:\n```lua\nlocal one = 1\nreturn one\n```',
      it.server:sent('userInput')[1].items[1].text
    )
  end)

  it('asks for the question when there is none', function()
    local it = begin()
    vim.ui.input = function(_, done)
      done('typed')
    end
    vim.cmd('Tiro ask')
    assert.are.same('typed', it.server:sent('userInput')[1].items[1].text)
    vim.ui.input = function(_, done)
      done(nil)
    end
    vim.cmd('Tiro ask')
    assert.are.same(1, #it.server:sent('userInput'))
  end)

  it('leaves the windows alone with a bang', function()
    local it = begin()
    vim.cmd('Tiro! ask why?')
    assert.are.same(1, #vim.api.nvim_tabpage_list_wins(0))
    vim.cmd('Tiro ask why?')
    assert.are.same(3, #vim.api.nvim_tabpage_list_wins(0))
    assert.are.same('lua', vim.bo.filetype)
    assert.are.same(2, #it.server:sent('userInput'))
  end)

  it('says that nothing runs where nothing does', function()
    local it = stage.new()
    vim.cmd('Tiro plan')
    assert.is_truthy(it:told():find('it is not running here', 1, true))
  end)

  it('shows the plan and the diff', function()
    local it = begin()
    it.server:event('planUpdate', { plan = { { step = 'look', status = 'completed' } } })
    it.server:event('turnDiff', { unified_diff = '--- a\n+++ b\n' })
    stage.wait_for('both', function()
      return it.session.diff ~= ''
    end)
    vim.cmd('Tiro plan')
    assert.are.same({ '- [x] look' }, vim.api.nvim_buf_get_lines(0, 0, -1, true))
    vim.cmd('Tiro diff')
    assert.are.same({ '--- a', '+++ b' }, vim.api.nvim_buf_get_lines(0, 0, -1, true))
  end)

  it('goes back to before a task', function()
    local it = begin()
    answer(it, 'checkpoints', 'checkpointList', {
      checkpoints = {
        { id = 'c1', title = 'first', time = 0, files = { { path = it.root .. '/a', change = 'added' } } },
        { id = 'c2', title = 'second', time = 0, files = { {}, {} } },
      },
    })
    answer(it, 'restore', 'restoreEnd', {
      checkpoint = 'c1',
      restored = { it.root .. '/a' },
      merged = {},
      refused = {},
      success = true,
    })
    local shown = choose('first')
    vim.cmd('Tiro restore')
    stage.wait_for('the message', function()
      return it:told():find('went back. restored: a', 1, true)
    end)
    assert.are.same('c1', it.server:sent('restore')[1].checkpoint)
    assert.is_truthy(shown[1]:find('second (2 files)', 1, true), shown[1])
    assert.is_truthy(shown[2]:find('first (a)', 1, true), shown[2])
  end)

  it('says why nothing was restored', function()
    local it = begin()
    answer(
      it,
      'checkpoints',
      'checkpointList',
      { checkpoints = { { id = 'c1', title = 't', time = 0, files = {} } } }
    )
    answer(it, 'restore', 'restoreEnd', {
      checkpoint = 'c1',
      restored = {},
      merged = {},
      refused = { { path = 'a', reason = 'it was changed' } },
      success = false,
    })
    choose('t')
    vim.cmd('Tiro restore')
    stage.wait_for('the message', function()
      return it:told():find('nothing was restored. a: it was changed', 1, true)
    end)
  end)

  it('lists what is allowed and takes it back', function()
    local it = begin()
    local grant = { type = 'command', command = { 'make' }, cwd = '/p', unsandboxed = false }
    answer(it, 'listGrants', 'grantList', { grants = { grant, { type = 'network' } } })
    answer(it, 'revokeGrant', 'grantList', { grants = {} })
    local shown = choose('make')
    vim.cmd('Tiro grants')
    stage.wait_for('the message', function()
      return it:told():find('this is no longer allowed', 1, true)
    end)
    assert.are.same({ 'run `make` in /p', 'use the network' }, shown)
    assert.are.same(grant, it.server:sent('revokeGrant')[1].grant)
  end)

  it('has a <Plug> map for what has a key, and no key of its own', function()
    stage.new()
    for _, name in ipairs({
      'ask',
      'chat',
      'stop',
      'approvals',
      'accept',
      'reject',
      'next',
      'previous',
      'diff',
    }) do
      assert.are_not.same('', vim.fn.maparg(('<Plug>(tiro-%s)'):format(name), 'n'), name)
    end
    for _, map in ipairs(vim.api.nvim_get_keymap('n')) do
      local is_mine = (map.desc or ''):find('^Tiro:')
      assert.is_true(not is_mine or map.lhs:find('^<Plug>') ~= nil, map.lhs)
    end
  end)

  it('asks about a selection by its map', function()
    local it = begin()
    vim.ui.input = function(_, done)
      done('why?')
    end
    vim.keymap.set('x', 'ga', '<Plug>(tiro-ask)')
    stage.press('ggVjga')
    assert.is_truthy(it.server:sent('userInput')[1].items[1].text:find('a.lua, lines 1 to 2', 1, true))
  end)

  it('goes on with an earlier session, and shows what was said', function()
    local it = begin()
    it.server:event('sessionConfigured', { model = 'm', session_id = 'now' })
    answer(it, 'listSessions', 'sessionList', {
      sessions = {
        { id = 'now', title = 'this one', time = 0, model = 'm', turns = 1 },
        { id = 'old', title = 'why?', time = 0, model = 'm', turns = 2 },
      },
    })
    answer(it, 'resumeSession', 'sessionResumed', {
      session = 'old',
      model = 'm',
      events = {
        { id = '1', msg = { type = 'user_message', turn = 1, message = 'why?' } },
        { id = '1', msg = { type = 'exec_command_begin', call_id = 'c', command = { 'ls' }, cwd = '/' } },
        {
          id = '1',
          msg = { type = 'exec_command_end', call_id = 'c', stdout = 'a\n', stderr = '', exit_code = 0 },
        },
        { id = '1', msg = { type = 'agent_message', message = 'Because.' } },
      },
    })
    stage.wait_for('the session', function()
      return it.session.session_id == 'now'
    end)
    local shown = choose('why?')
    vim.cmd('Tiro sessions')
    stage.wait_for('the talk', function()
      return it.session.session_id == 'old'
    end)
    assert.are.same({ 1, 'old' }, { #shown, it.server:sent('resumeSession')[1].session })
    local text = table.concat(it:chat(), '\n'):gsub('%d+ ms', 'N ms')
    assert.are.same(
      '## You\n\nwhy?\n\n## Tiro\n\n▸ $ ls\n~~~~~~~~console\na\n~~~~~~~~\n*exit code 0 · N ms*\n\nBecause.\n\n'
        .. '*This goes on now. The model was m.*',
      text
    )
  end)

  it('says that there is no earlier session', function()
    local it = begin()
    answer(it, 'listSessions', 'sessionList', { sessions = {} })
    vim.cmd('Tiro sessions')
    stage.wait_for('the message', function()
      return it:told():find('there is no earlier session', 1, true)
    end)
  end)

  it('chooses a model among those of the provider', function()
    local it = begin()
    it.server.results['tiro/models'] = { provider = 'local', models = { 'one', 'two' }, current = 'one' }
    local shown = choose('two')
    vim.cmd('Tiro model')
    stage.wait_for('the choice', function()
      return #it.server:executed() == 1
    end)
    assert.are.same({ 'one (now)', 'two' }, shown)
    assert.are.same({ command = 'tiro.model', arguments = { { model = 'two' } } }, it.server:executed()[1])
  end)
end)
