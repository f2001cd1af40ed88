local stage = require('stage')

local function begin(options)
  local it =
    stage.new({ ['src/wrap.rs'] = 'fn wrap() {}\n', ['notes.md'] = 'n\n', ['shot.png'] = 'x' }, options)
  it:start()
  return it
end

--- Has the events handled that were sent.
local function settle(it)
  local done = false
  it.server:event('backgroundEvent', { message = 'SETTLED' })
  stage.wait_for('the events', function()
    done = vim.tbl_contains(it:chat(), '*SETTLED*')
    return done
  end)
end

--- The lines of the chat, without what settle() added.
local function lines(it)
  settle(it)
  local all = it:chat()
  for row = #all, 1, -1 do
    if all[row] == '*SETTLED*' then
      table.remove(all, row)
      if all[row - 1] == '' then
        table.remove(all, row - 1)
      end
    end
  end
  return all
end

describe('the chat', function()
  it('shows an answer that comes in pieces as one', function()
    local it = begin()
    require('tiro').ask('Why?')
    for _, piece in ipairs({ 'Bec', 'ause.\n\nSo', ' it is.' }) do
      it.server:event('agentMessageDelta', { delta = piece })
    end
    it.server:event('agentMessage', { message = 'Because.\n\nSo it is.' })
    assert.are.same({ '## You', '', 'Why?', '', '## Tiro', '', 'Because.', '', 'So it is.' }, lines(it))
  end)

  it('shows an answer that came whole', function()
    local it = begin()
    it.server:event('agentMessage', { message = 'Yes.' })
    assert.are.same({ '## Tiro', '', 'Yes.' }, lines(it))
  end)

  it('leaves no more empty lines after an answer than before the next', function()
    local it = begin()
    require('tiro').ask('Why?')
    it.server:event('agentMessageDelta', { delta = 'Because.\n\n' })
    it.server:event('agentMessage', { message = 'Because.\n\n' })
    it.server:event('agentMessage', { message = '\n' })
    it.server:event('agentMessage', { message = 'So it is.\n' })
    assert.are.same(
      { '## You', '', 'Why?', '', '## Tiro', '', 'Because.', '', '', '', 'So it is.' },
      lines(it)
    )
  end)

  it('closes code that the model left open', function()
    local it = begin()
    it.server:event('agentMessageDelta', { delta = '```lua\nx = 1' })
    it.server:event('agentMessage', { message = '```lua\nx = 1' })
    assert.are.same({ '## Tiro', '', '```lua', 'x = 1', '```' }, lines(it))
  end)

  it('hides the lines that fence code', function()
    local it = begin()
    require('tiro.chat').open(it.session)
    it.server:event('agentMessage', { message = 'So:\n```lua\nx = 1\n```\nand so on' })
    settle(it)
    local window = vim.fn.bufwinid(require('tiro.chat').of(it.session).buffer)
    vim.api.nvim_win_set_cursor(window, { 1, 0 })
    local height = vim.api.nvim_win_text_height(window, { start_row = 2, end_row = 6 })
    assert.are.same(vim.fn.has('nvim-0.11') == 1 and 3 or 5, height.all)
  end)

  it('shows a command, its output and how it ended', function()
    local it = begin()
    it.server:event(
      'execCommandBegin',
      { call_id = 'c', command = { 'bash', '-lc', 'cargo test' }, cwd = it.root }
    )
    it.server:event('execCommandOutputDelta', { call_id = 'c', stream = 'stdout', chunk = 'one\ntw' })
    it.server:event('execCommandOutputDelta', { call_id = 'c', stream = 'stdout', chunk = 'o\n' })
    it.server:event('execCommandEnd', { call_id = 'c', stdout = 'one\ntwo\n', stderr = '', exit_code = 1 })
    local all = lines(it)
    all[#all] = all[#all]:gsub('%d+ ms', 'N ms')
    assert.are.same({
      '## Tiro',
      '',
      '▸ $ cargo test',
      '~~~~~~~~console',
      'one',
      'two',
      '~~~~~~~~',
      '*exit code 1 · N ms*',
    }, all)
  end)

  it('shows commands that run at once, each with its own output', function()
    local it = begin()
    for _, id in ipairs({ 'a', 'b' }) do
      it.server:event('execCommandBegin', { call_id = id, command = { id }, cwd = it.root })
    end
    it.server:event('execCommandOutputDelta', { call_id = 'a', stream = 'stdout', chunk = 'of a\n' })
    it.server:event('execCommandOutputDelta', { call_id = 'b', stream = 'stdout', chunk = 'of b\n' })
    it.server:event('execCommandOutputDelta', { call_id = 'a', stream = 'stdout', chunk = 'more of a\n' })
    for _, id in ipairs({ 'a', 'b' }) do
      it.server:event('execCommandEnd', { call_id = id, stdout = '', stderr = '', exit_code = 0 })
    end
    local text = table.concat(lines(it), '\n'):gsub('%d+ ms', 'N ms')
    assert.is_truthy(
      text:find('▸ $ a\n~~~~~~~~console\nof a\nmore of a\n~~~~~~~~\n*exit code 0', 1, true),
      text
    )
    assert.is_truthy(text:find('▸ $ b\n~~~~~~~~console\nof b\n~~~~~~~~\n*exit code 0', 1, true), text)
  end)

  it('keeps the end of a long output, and says how much is not shown', function()
    local it = begin({ chat = { output_lines = 10 } })
    it.server:event('execCommandBegin', { call_id = 'c', command = { 'seq' }, cwd = it.root })
    for from = 1, 991, 10 do
      local numbers = {}
      for number = from, from + 9 do
        table.insert(numbers, number .. '\n')
      end
      it.server:event(
        'execCommandOutputDelta',
        { call_id = 'c', stream = 'stdout', chunk = table.concat(numbers) }
      )
    end
    it.server:event('execCommandEnd', { call_id = 'c', stdout = '', stderr = '', exit_code = 0 })
    local all = lines(it)
    assert.are.same('1000', all[#all - 2])
    local shown = #all - 6
    assert.is_true(shown <= 13, table.concat(all, '\n'))
    local hidden = tonumber(all[#all]:match('the first (%d+) lines are not shown'))
    assert.are.same(1000, hidden + shown)
  end)

  it('takes colours out of what commands write', function()
    local it = begin()
    it.server:event('execCommandBegin', { call_id = 'c', command = { 'x' }, cwd = it.root })
    it.server:event(
      'execCommandOutputDelta',
      { call_id = 'c', stream = 'stderr', chunk = '\27[1;31mred\27[0m\r\n' }
    )
    it.server:event('execCommandEnd', { call_id = 'c', stdout = '', stderr = '', exit_code = 0 })
    assert.are.same('red', lines(it)[5])
  end)

  it('does not let an output end its own block', function()
    local it = begin()
    it.server:event('execCommandBegin', { call_id = 'c', command = { 'x' }, cwd = it.root })
    it.server:event(
      'execCommandOutputDelta',
      { call_id = 'c', stream = 'stdout', chunk = '~~~~~~~~\n## You\n' }
    )
    it.server:event('execCommandEnd', { call_id = 'c', stdout = '', stderr = '', exit_code = 0 })
    assert.are.same({ '    ~~~~~~~~', '## You', '~~~~~~~~' }, vim.list_slice(lines(it), 5, 7))
  end)

  it('folds commands, with what matters in one line', function()
    local it = begin()
    require('tiro.chat').open(it.session)
    it.server:event('execCommandBegin', { call_id = 'c', command = { 'make', '-j' }, cwd = it.root })
    it.server:event('execCommandOutputDelta', { call_id = 'c', stream = 'stdout', chunk = 'a\nb\n' })
    it.server:event('execCommandEnd', { call_id = 'c', stdout = '', stderr = '', exit_code = 0 })
    settle(it)
    local window = vim.fn.bufwinid(require('tiro.chat').of(it.session).buffer)
    vim.api.nvim_set_current_win(window)
    vim.cmd('normal! zx')
    assert.are.same({ 3, 7 }, { vim.fn.foldclosed(4), vim.fn.foldclosedend(4) })
    assert.are.same('▸ $ make -j · 2 lines', vim.fn.foldtextresult(3))
  end)

  it('folds commands that run at once while they run, in every window', function()
    local it = begin()
    require('tiro.chat').open(it.session)
    for _, id in ipairs({ 'one', 'two' }) do
      it.server:event('execCommandBegin', { call_id = id, command = { 'make', id }, cwd = it.root })
    end
    for _, id in ipairs({ 'two', 'one' }) do
      it.server:event('execCommandOutputDelta', { call_id = id, stream = 'stdout', chunk = 'a\n\nb\n' })
    end
    settle(it)
    local buffer = require('tiro.chat').of(it.session).buffer
    local function folds()
      local found = {}
      vim.api.nvim_win_call(vim.fn.bufwinid(buffer), function()
        for row = 1, vim.fn.line('$') do
          if vim.fn.foldclosed(row) == row then
            table.insert(found, { vim.fn.getline(row), vim.fn.foldclosedend(row) - row })
          end
        end
      end)
      return found
    end
    local expected = { { '▸ $ make one', 6 }, { '▸ $ make two', 6 } }
    assert.are.same(expected, folds())
    require('tiro.chat').toggle(it.session)
    require('tiro.chat').toggle(it.session)
    assert.are.same(expected, folds())
  end)

  it('takes nothing that is said for a fold', function()
    local it = begin()
    require('tiro.chat').open(it.session)
    it.server:event('agentMessage', { message = '▸ $ make\n~~~~~~~~console\nx\n~~~~~~~~\nend' })
    settle(it)
    vim.api.nvim_set_current_win(vim.fn.bufwinid(require('tiro.chat').of(it.session).buffer))
    for row = 1, vim.fn.line('$') do
      assert.are.same(-1, vim.fn.foldclosed(row))
    end
  end)

  it('shows changes as a diff, once', function()
    local it = begin()
    local changes =
      { [it.root .. '/a.txt'] = { update = { unified_diff = '@@ -1 +1 @@\n-a\n+b\n', move_path = vim.NIL } } }
    it.server:event('applyPatchApprovalRequest', { call_id = 'p', changes = changes })
    it.server:event('patchApplyBegin', { call_id = 'p', auto_approved = false, changes = changes })
    it.server:event('patchApplyEnd', { call_id = 'p', stdout = 'M a.txt', stderr = '', success = true })
    assert.are.same({
      '## Tiro',
      '',
      '▸ a.txt (changed)',
      '~~~~~~~~diff',
      '@@ -1 +1 @@',
      '-a',
      '+b',
      '~~~~~~~~',
      '',
      '*applied*',
    }, lines(it))
  end)

  it('shows new and deleted files', function()
    local it = begin()
    it.server:event('patchApplyBegin', {
      call_id = 'p',
      auto_approved = true,
      changes = { [it.root .. '/new'] = { add = { content = 'x' } }, [it.root .. '/old'] = 'delete' },
    })
    local text = table.concat(lines(it), '\n')
    assert.is_truthy(text:find('▸ new (new)\n~~~~~~~~diff\n+x\n~~~~~~~~', 1, true), text)
    assert.is_truthy(text:find('▸ old (deleted)', 1, true), text)
  end)

  it('says how much of a patch was applied, not what the model is told of it', function()
    local it = begin()
    local function hunk(state)
      return { id = state, orig_index = 1, deleted_lines = { 'a' }, inserted_lines = {}, state = state }
    end
    local function applied(states)
      local files = { { path = it.root .. '/a.txt', kind = 'update', hunks = vim.tbl_map(hunk, states) } }
      it.server:event('proposalUpdated', { proposal = { id = 'p', open = false, files = files } })
      local told = 'changed: a.txt\na.txt: the person rejected rejected:\n  -a\n'
      it.server:event('patchApplyEnd', { call_id = 'p', stdout = told, stderr = '', success = true })
      local all = lines(it)
      return all[#all]
    end
    assert.are.same('*applied*', applied({ 'accepted', 'accepted' }))
    assert.are.same('*applied 1 of 2 changes*', applied({ 'accepted', 'rejected' }))
    assert.are.same(
      '*applied 1 of 3 changes; 1 in conflict, see `:Tiro next`*',
      applied({ 'accepted', 'rejected', 'conflict' })
    )
  end)

  it('says that nothing of a patch was applied when all of it was rejected', function()
    local it = begin()
    local hunk =
      { id = 'h1', orig_index = 1, deleted_lines = { 'a' }, inserted_lines = {}, state = 'rejected' }
    local files = { { path = it.root .. '/a.txt', kind = 'update', hunks = { hunk } } }
    it.server:event('proposalUpdated', { proposal = { id = 'p', open = false, files = files } })
    assert.are.same({ '*not applied: you rejected all of it*' }, lines(it))
  end)

  it('says why a patch was not applied', function()
    local it = begin()
    it.server:event(
      'patchApplyEnd',
      { call_id = 'p', stdout = '', stderr = 'a.txt: the line\nis gone', success = false }
    )
    assert.are.same({ '*not applied: a.txt: the line; is gone*' }, lines(it))
  end)

  it('shows the plan', function()
    local it = begin()
    it.server:event('planUpdate', {
      explanation = vim.NIL,
      plan = { { step = 'look', status = 'completed' }, { step = 'do', status = 'in_progress' } },
    })
    assert.are.same({ '## Tiro', '', '- [x] look', '- [-] do' }, lines(it))
  end)

  it('shows errors, and says them when it is hidden', function()
    local it = begin()
    it.server:event('error', { message = 'the model\nis gone' })
    assert.are.same({ '> **Error:** the model is gone' }, lines(it))
    assert.are.same('Tiro: the model\nis gone', it:told())
  end)

  it('ends what was left open when the task ends', function()
    local it = begin()
    it.server:event('execCommandBegin', { call_id = 'c', command = { 'x' }, cwd = it.root })
    it.server:event('taskComplete')
    local all = lines(it)
    assert.are.same('*ended with the task*', all[#all])
  end)

  it('follows what comes, unless the person has scrolled', function()
    local it = begin()
    require('tiro.chat').open(it.session)
    local chat = require('tiro.chat').of(it.session)
    local window = vim.fn.bufwinid(chat.buffer)
    local function say(count)
      for number = 1, count do
        it.server:event('agentMessageDelta', { delta = ('line %d\n'):format(number) })
      end
      stage.wait_for('the lines', function()
        return it:chat()[#it:chat() - 1] == ('line %d'):format(count)
      end)
    end
    say(60)
    assert.are.same(#it:chat(), vim.api.nvim_win_get_cursor(window)[1])
    vim.api.nvim_win_set_cursor(window, { 5, 0 })
    say(70)
    assert.are.same(5, vim.api.nvim_win_get_cursor(window)[1])
  end)

  it('cannot be changed by hand, and its text is never modified', function()
    local it = begin()
    require('tiro').ask('Why?')
    local buffer = require('tiro.chat').of(it.session).buffer
    assert.is_false(vim.bo[buffer].modifiable)
    assert.is_false(vim.bo[buffer].modified)
  end)

  it('goes on after its buffer was wiped', function()
    local it = begin()
    require('tiro').ask('Why?')
    it.server:event('agentMessageDelta', { delta = 'Bec' })
    settle(it)
    vim.api.nvim_buf_delete(require('tiro.chat').of(it.session).buffer, { force = true })
    it.server:event('agentMessageDelta', { delta = 'ause.' })
    it.server:event('taskComplete')
    settle(it)
    assert.is_truthy(table.concat(it:chat(), '\n'):find('The text before this was closed', 1, true))
  end)

  --- A long answer and what comes after it, all at once.
  local function say_much(it)
    local long = {}
    for number = 1, 900 do
      table.insert(long, ('line %d'):format(number))
    end
    it.server:event('agentMessage', { message = table.concat(long, '\n') })
    it.server:event('execCommandBegin', { call_id = 'c', command = { 'x' }, cwd = it.root })
    it.server:event('execCommandOutputDelta', { call_id = 'c', chunk = 'out\n' })
    it.server:event('backgroundEvent', { message = 'meanwhile' })
    it.server:event('agentMessageDelta', { delta = 'That was ' })
    it.server:event('agentMessageDelta', { delta = 'it.' })
    it.server:event('taskComplete')
    return long
  end

  it('shows in their order what comes faster than it is written', function()
    local it = begin()
    require('tiro').ask('Why?')
    local long = say_much(it)
    local chat = require('tiro.chat').of(it.session)
    local function all()
      return vim.api.nvim_buf_get_lines(chat.buffer, 0, -1, true)
    end
    stage.wait_for('all of it', function()
      return vim.tbl_contains(all(), 'That was it.')
    end)
    local expected = { '## You', '', 'Why?', '', '## Tiro', '' }
    vim.list_extend(expected, long)
    vim.list_extend(
      expected,
      { '', '▸ $ x', '~~~~~~~~console', 'out', '~~~~~~~~', '*ended with the task*' }
    )
    vim.list_extend(expected, { '', '*meanwhile*', '', 'That was it.' })
    assert.are.same(expected, all())
  end)

  it('goes on when its buffer is wiped while text waits', function()
    local it = begin()
    require('tiro').ask('Why?')
    say_much(it)
    stage.wait_for('text that waits', function()
      local transcript = require('tiro.chat').of(it.session).transcript
      return transcript:is_behind() and vim.api.nvim_buf_line_count(transcript.buffer) > 100
    end)
    vim.v.errmsg = ''
    vim.api.nvim_buf_delete(require('tiro.chat').of(it.session).buffer, { force = true })
    stage.wait_for('what came after it', function()
      return vim.tbl_contains(it:chat(), 'That was it.')
    end)
    assert.is_true(vim.tbl_contains(it:chat(), '*meanwhile*'))
    assert.are.equal('', it:told() .. vim.v.errmsg)
  end)

  it('opens on either side, and closes', function()
    for _, position in ipairs({ 'right', 'left', 'bottom', 'top', 'tab' }) do
      local it = begin({ chat = { position = position } })
      local windows = #vim.api.nvim_tabpage_list_wins(0)
      vim.cmd('Tiro chat')
      assert.are.same('tiroprompt', vim.bo.filetype)
      assert.is_true(require('tiro.chat').is_shown(it.session))
      if position ~= 'tab' then
        assert.are.same(windows + 2, #vim.api.nvim_tabpage_list_wins(0))
        vim.cmd('Tiro chat')
        assert.are.same(windows, #vim.api.nvim_tabpage_list_wins(0))
      end
    end
  end)
end)

describe('the prompt', function()
  local function prompt(it, text)
    require('tiro.chat').open(it.session)
    vim.api.nvim_buf_set_lines(0, 0, -1, true, vim.split(text, '\n'))
    return vim.api.nvim_get_current_buf()
  end

  it('sends all that is written, and is empty then', function()
    local it = begin()
    local buffer = prompt(it, 'one\ntwo')
    stage.press('<CR>')
    assert.are.same('one\ntwo', it.server:sent('userInput')[1].items[1].text)
    assert.are.same({ '' }, vim.api.nvim_buf_get_lines(buffer, 0, -1, true))
  end)

  it('sends nothing when nothing is written', function()
    local it = begin()
    prompt(it, '  ')
    stage.press('<CR>')
    assert.are.same({}, it.server:sent('userInput'))
  end)

  it('gives back what the server did not take', function()
    local it = begin()
    it.server.refuse['tiro/userInput'] = 'not now'
    local buffer = prompt(it, 'precious')
    stage.press('<CR>')
    stage.wait_for('the words', function()
      return vim.api.nvim_buf_get_lines(buffer, 0, 1, true)[1] == 'precious'
    end)
  end)

  it('brings back what was said before, and the draft', function()
    local it = begin()
    prompt(it, 'first')
    stage.press('<CR>')
    prompt(it, 'second')
    stage.press('<CR>')
    prompt(it, 'draft')
    local function shown()
      return vim.api.nvim_get_current_line()
    end
    stage.press('<C-Up>')
    assert.are.same('second', shown())
    stage.press('<C-Up>')
    assert.are.same('first', shown())
    stage.press('<C-Down>')
    stage.press('<C-Down>')
    assert.are.same('draft', shown())
  end)

  it('completes names after an at sign, buffers first', function()
    local it = begin()
    it:edit('src/wrap.rs')
    prompt(it, 'see @r')
    vim.api.nvim_win_set_cursor(0, { 1, 6 })
    local complete = require('tiro.chat.complete')
    vim.cmd('startinsert!')
    assert.are.same(4, complete.omnifunc(1, ''))
    local words = vim.tbl_map(function(match)
      return match.word .. ' ' .. match.menu
    end, complete.omnifunc(0, '@r'))
    assert.are.same('@src/wrap.rs [buffer]', words[1])
    vim.cmd('stopinsert')
  end)

  it('completes nothing elsewhere', function()
    local it = begin()
    prompt(it, 'mail me@home')
    vim.api.nvim_win_set_cursor(0, { 1, 12 })
    assert.are.same(-3, require('tiro.chat.complete').omnifunc(1, ''))
  end)

  it('sends the images that it names', function()
    local it = begin()
    prompt(it, 'what is in @shot.png, and @missing.png?')
    stage.press('<CR>')
    local items = it.server:sent('userInput')[1].items
    assert.are.same({ type = 'local_image', path = it.root .. '/shot.png' }, items[2])
    assert.are.same(2, #items)
  end)
end)
