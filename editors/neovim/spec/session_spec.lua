local stage = require('stage')

describe('a session', function()
  it('is not started by loading the plugin, nor by opening a file', function()
    local it = stage.new({ ['a.txt'] = 'one\n' })
    it:edit('a.txt')
    assert.are.same(0, it.server.starts)
    assert.are.same('', require('tiro').statusline())
  end)

  it('is told of the files below its root, those opened later too, and of no others', function()
    local it = stage.new({ ['a.txt'] = 'one\n', ['b.txt'] = 'two\n' })
    local a = it:edit('a.txt')
    vim.cmd.new(vim.fn.tempname() .. '.txt')
    local other = vim.api.nvim_get_current_buf()
    vim.cmd('wincmd p')
    it:start()
    local b = it:edit('b.txt')
    stage.wait_for('the second file', function()
      return vim.lsp.buf_is_attached(b, it.server.client_id)
    end)
    assert.is_true(vim.lsp.buf_is_attached(a, it.server.client_id))
    assert.is_false(vim.lsp.buf_is_attached(other, it.server.client_id))
  end)

  it('sends what is said, and shows it', function()
    local it = stage.new()
    it:start()
    require('tiro').ask('Why?')
    assert.are.same({ { items = { { type = 'text', text = 'Why?' } } } }, it.server:sent('userInput'))
    assert.are.same({ '## You', '', 'Why?' }, it:chat())
  end)

  it('keeps what is said before the server is there', function()
    local it = stage.new()
    require('tiro').ask('first')
    require('tiro').ask('second')
    stage.wait_for('both', function()
      return #it.server:sent('userInput') == 2
    end)
    assert.are.same(1, it.server.starts)
  end)

  it('says that a server does not answer, and goes on when it does', function()
    local it = stage.new()
    local later, put_off = {}, vim.defer_fn
    vim.defer_fn = function(use, delay)
      if delay < 10000 then
        return put_off(use, delay)
      end
      table.insert(later, use)
    end
    it.server.slow = true
    require('tiro').ask('Why?')
    vim.defer_fn = put_off
    assert.are.same(1, #later)
    later[1]()
    assert.are.same('Tiro: the server does not answer yet; `:Tiro log` may say why', it:told())
    it.server:release()
    stage.wait_for('what was said', function()
      return #it.server:sent('userInput') == 1
    end)
    later[1]()
    assert.are.same(1, #it.said)
  end)

  it('says what the server refuses', function()
    local it = stage.new()
    it:start()
    it.server.refuse['tiro/userInput'] = 'no folder is open'
    require('tiro').ask('Why?')
    stage.wait_for('the message', function()
      return it:told():find('no folder is open', 1, true)
    end)
  end)

  it('of another version is named, with both', function()
    local it = stage.new()
    it.server.version = '9.9.9'
    it:start()
    local mine = require('tiro.version')
    assert.are.same(
      ('Tiro: the server has the version 9.9.9 and the plugin %s; install the same of both'):format(mine),
      it:told()
    )
  end)

  it('says how to install a server that is not there', function()
    local it = stage.new(nil, { server = { path = 'no-such-tiro' } })
    require('tiro.binary').find = it.find
    require('tiro').ask('Why?')
    assert.is_truthy(it:told():find('there is no no-such-tiro on the PATH: see :help tiro-install', 1, true))
    assert.are.same(0, it.server.starts)
  end)

  it('names a path that is no program', function()
    local it = stage.new({ ['tiro'] = 'text' })
    require('tiro').setup({ server = { path = it.root .. '/tiro' } })
    require('tiro.binary').find = it.find
    require('tiro').ask('Why?')
    assert.is_truthy(it:told():find('is not a program that can be run', 1, true))
  end)

  it('starts again when the server fails, and says so', function()
    local it = stage.new()
    it:start()
    it.server:event('taskStarted')
    it.server:die(101)
    stage.wait_for('another start', function()
      return it.server.starts == 2 and it.session.state == 'ready'
    end)
    assert.are.same('Tiro: the server ended with 101 and starts again; see `:Tiro log`', it:told())
    local chat = table.concat(it:chat(), '\n')
    assert.is_truthy(chat:find('*the server ended with 101; the task ended with it.*', 1, true), chat)
    assert.is_false(it.session.running)
  end)

  it('says by which signal the server ended', function()
    local it = stage.new(nil, { server = { restart = false } })
    it:start()
    it.server:die(0, 9)
    assert.is_truthy(it:told():find('the server ended by signal 9; `:Tiro ask` starts it again', 1, true))
  end)

  it('stays away when the person does not want it again', function()
    local it = stage.new(nil, { server = { restart = false } })
    it:start()
    it.server:die(1)
    assert.are.same({ 1, 'ended' }, { it.server.starts, it.session.state })
    require('tiro').ask('Again?')
    stage.wait_for('what was asked', function()
      return #it.server:sent('userInput') == 1
    end)
  end)

  it('ends with the command, which is no failure', function()
    local it = stage.new()
    it:start()
    vim.cmd('Tiro! stop')
    stage.wait_for('the end', function()
      return it.session.state == 'ended'
    end)
    assert.are.same('', it:told())
  end)

  it('is one for each root', function()
    local it = stage.new({
      ['one/.git/x'] = '',
      ['one/a.txt'] = '',
      ['two words ü/.git/x'] = '',
      ['two words ü/b.txt'] = '',
    })
    it:edit('one/a.txt')
    local first = it:start()
    vim.cmd.tabnew()
    it:edit('two words ü/b.txt')
    local second = it:start()
    assert.are.same({ it.root .. '/one', it.root .. '/two words ü' }, { first.root, second.root })
    assert.are.same(second, require('tiro.session').current())
    vim.cmd.tabprevious()
    assert.are.same(first, require('tiro.session').current())
  end)

  it('turns the spinner while a task runs, and only then', function()
    local it = stage.new()
    it:start()
    local status = require('tiro.status')
    it.server:event('sessionConfigured', { model = 'm 50%' })
    it.server:event('taskStarted')
    stage.wait_for('the spinner', status.is_turning)
    assert.is_truthy(require('tiro').statusline():find('tiro m 50%%', 1, true))
    it.server:event('taskComplete')
    stage.wait_for('its end', function()
      return not status.is_turning()
    end)
    assert.are.same('tiro m 50%%', require('tiro').statusline())
  end)

  it('leaves out in the bar of the chat what it has no room for', function()
    local it = stage.new()
    local session = it:start()
    it.server:event('sessionConfigured', { model = 'm' })
    it.server:event('tokenCount', { total_tokens = 12345 })
    require('tiro.chat').open(session)
    local bar = require('tiro.status').bar
    assert.are.same(' tiro m%<%=12345 tokens ', bar())
    vim.api.nvim_win_set_width(0, 20)
    assert.are.same(' tiro m%<%= ', bar())
    it.server:event('sessionConfigured', { model = 'a-model-with-a-long-name' })
    assert.are.same(' tiro%<%= ', bar())
  end)

  it('stops the spinner when the server dies', function()
    local it = stage.new(nil, { server = { restart = false } })
    it:start()
    it.server:event('taskStarted')
    stage.wait_for('the spinner', require('tiro.status').is_turning)
    it.server:die(1)
    assert.is_false(require('tiro.status').is_turning())
  end)

  it('ends a task with the command, if one runs', function()
    local it = stage.new()
    it:start()
    vim.cmd('Tiro stop')
    assert.are.same({ 'Tiro: no task runs', {} }, { it:told(), it.server:sent('interrupt') })
    it.server:event('taskStarted')
    stage.wait_for('the task', function()
      return it.session.running
    end)
    vim.cmd('Tiro stop')
    assert.are.same(1, #it.server:sent('interrupt'))
  end)

  it('is known to autocommands', function()
    local it = stage.new()
    it:start()
    local seen = {}
    vim.api.nvim_create_autocmd('User', {
      pattern = 'TiroEvent',
      callback = function(event)
        table.insert(seen, event.data.event)
      end,
    })
    it.server:event('taskStarted')
    it.server:event('taskComplete')
    stage.wait_for('both', function()
      return #seen == 2
    end)
    assert.are.same({ 'taskStarted', 'taskComplete' }, seen)
  end)

  --- A server that fails after its session had a name; then something is asked.
  ---@param prepare fun(it: Stage)
  local function fails_and_is_asked(prepare)
    local it = stage.new()
    it:start()
    it.server:event('sessionConfigured', { model = 'm', session_id = 's1' })
    stage.wait_for('its name', function()
      return it.session.session_id == 's1'
    end)
    prepare(it)
    it.server:die(1)
    require('tiro').ask('and now?')
    stage.wait_for('another start', function()
      return it.server.starts == 2 and it.session.state == 'ready'
    end)
    it.server:event('sessionConfigured', { model = 'm', session_id = 's2' })
    stage.wait_for('what was asked', function()
      return #it.server:sent('userInput') == 1
    end)
    return it
  end

  it('goes on with what was said when the server failed', function()
    local it = fails_and_is_asked(function(it)
      it.server.on['tiro/resumeSession'] = function(params)
        it.server:event('sessionResumed', { id = params.id, session = 's1', model = 'm', events = {} })
      end
    end)
    assert.are.same('s1', it.server:sent('resumeSession')[1].session)
    assert.are.same('s1', it.session.session_id)
  end)

  it('goes on without it when it is not there', function()
    local it = fails_and_is_asked(function(it)
      it.server.refuse['tiro/resumeSession'] = 'there is no such session'
    end)
    assert.are.same(1, #it.server:sent('resumeSession'))
    assert.are_not.same('s1', it.session.session_id)
  end)
end)

describe('the plugin', function()
  local here = vim.fs.dirname(vim.api.nvim_get_runtime_file('plugin/tiro.lua', false)[1])

  local function read(name)
    return table.concat(vim.fn.readfile(here .. '/../../../' .. name), '\n')
  end

  it('has the version of the server that it is made with', function()
    assert.are.same(require('tiro.version'), read('Cargo.toml'):match('\nversion = "([^"]+)"'))
  end)

  it('knows every event of the protocol', function()
    stage.new()
    local handlers = require('tiro.server').config('tiro').handlers
    local missing = {}
    local events = read('editors/vscode/src/protocol.ts'):match('export type EventMsg = (.-)\nexport ')
    for name in events:gmatch('"type": "([%l_]+)"') do
      local method = 'tiro/' .. name:gsub('_(%l)', string.upper)
      if not handlers[method] and name ~= 'user_message' then
        table.insert(missing, method)
      end
    end
    assert.are.same({}, missing)
  end)

  it('has help whose links lead somewhere', function()
    local help = read('editors/neovim/doc/tiro.txt')
    local tags = {}
    for tag in help:gmatch('%*([^%s*]+)%*') do
      assert.is_nil(tags[tag], 'twice: ' .. tag)
      tags[tag] = true
    end
    local lost = {}
    for link in help:gmatch('|([^%s|]+)|') do
      local found = tags[link] or #vim.fn.getcompletion(link, 'help') > 0
      if not found then
        table.insert(lost, link)
      end
    end
    assert.are.same({}, lost)
  end)

  it('has help for each sub-command, and a sub-command for each help', function()
    local documented = {}
    for name in read('editors/neovim/doc/tiro.txt'):gmatch('%*:Tiro%-(%l+)%*') do
      table.insert(documented, name)
    end
    table.sort(documented)
    assert.are.same(require('tiro.command').names, documented)
  end)
end)
