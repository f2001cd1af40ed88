local stage = require('stage')

local function lines_of(count)
  local lines = {}
  for number = 1, count do
    table.insert(lines, 'line ' .. number)
  end
  return table.concat(lines, '\n') .. '\n'
end

---@param it Stage
local function propose(it, hunks, more)
  local file =
    vim.tbl_extend('force', { path = it.root .. '/a.txt', kind = 'update', hunks = hunks }, more or {})
  local files = { file }
  if more and more.others then
    file.others = nil
    vim.list_extend(files, more.others)
  end
  it.server:event('proposalUpdated', { proposal = { id = 'p', open = true, files = files } })
  stage.wait_for('the proposal', function()
    return it.session.proposals.p
  end)
end

local function hunk(id, line, deleted, inserted, state)
  return {
    id = id,
    orig_index = line,
    deleted_lines = deleted,
    inserted_lines = inserted,
    state = state or 'pending',
  }
end

local function begin()
  local it = stage.new({ ['a.txt'] = lines_of(20), ['b.txt'] = lines_of(5), ['sub dir/ü.txt'] = 'x\n' })
  it:edit('a.txt')
  it:start()
  return it
end

local namespace = vim.api.nvim_create_namespace('tiro.review')

--- What is drawn in a buffer, as text.
local function drawn(buffer)
  local all = {}
  for _, mark in ipairs(vim.api.nvim_buf_get_extmarks(buffer or 0, namespace, 0, -1, { details = true })) do
    local row, details = mark[2] + 1, mark[4]
    if details.hl_group then
      table.insert(all, ('%d-%d %s'):format(row, details.end_row, details.hl_group))
    end
    for _, line in ipairs(details.virt_lines or {}) do
      local where = details.virt_lines_above and 'above' or 'below'
      table.insert(all, ('%s %d: %s'):format(where, row, vim.trim(line[1][1])))
    end
  end
  table.sort(all)
  return all
end

describe('a review', function()
  it('marks what goes and shows what comes, and leaves the text alone', function()
    local it = begin()
    propose(it, { hunk('1', 3, { 'line 3', 'line 4' }, { 'three' }) })
    assert.are.same({ '3-4 TiroDeleted', 'below 4: three' }, drawn())
    assert.are.same('line 3', vim.api.nvim_buf_get_lines(0, 2, 3, true)[1])
    assert.is_false(vim.bo.modified)
  end)

  it('shows lines that are only added where they go', function()
    local it = begin()
    propose(it, { hunk('1', 1, {}, { 'top' }), hunk('2', 21, {}, { 'end' }) })
    assert.are.same({ 'above 1: top', 'below 20: end' }, drawn())
  end)

  it('shows a conflict with its reason, and what was proposed', function()
    local it = begin()
    local conflict = hunk('1', 3, { 'line 3' }, { 'three' }, 'conflict')
    conflict.reason = 'the line was changed'
    propose(it, { conflict })
    assert.are.same(
      { 'below 3: three', 'below 3: tiro: conflict: the line was changed' },
      vim.tbl_map(function(line)
        return (line:gsub('above', 'below'))
      end, drawn())
    )
  end)

  it('goes on showing what is accepted until it is applied, and says so', function()
    local it = begin()
    propose(it, {
      hunk('1', 3, { 'line 3' }, { 'three' }, 'accepted'),
      hunk('2', 5, { 'line 5' }, { 'five' }, 'rejected'),
      hunk('3', 7, { 'line 7' }, { 'seven' }),
    })
    assert.are.same({
      '3-3 TiroDeleted',
      '7-7 TiroDeleted',
      'below 3: three',
      'below 3: tiro: accepted, applied when the rest is decided',
      'below 7: seven',
    }, drawn())
    assert.are.same(1, #require('tiro.review').places(it.session))
  end)

  it('is gone when the proposal is closed', function()
    local it = begin()
    propose(it, { hunk('1', 3, { 'line 3' }, { 'three' }) })
    it.server:event('proposalUpdated', { proposal = { id = 'p', open = false, files = {} } })
    stage.wait_for('the end', function()
      return not it.session.proposals.p
    end)
    assert.are.same({}, drawn())
  end)

  it('is drawn when the file is opened later', function()
    local it = begin()
    propose(it, { hunk('1', 2, { 'line 2' }, { 'two' }) }, { path = it.root .. '/b.txt' })
    it:edit('b.txt')
    stage.wait_for('the hunk', function()
      return #drawn() == 2
    end)
  end)

  it('is drawn in a file with spaces and other letters in its name', function()
    local it = begin()
    local buffer = it:edit('sub dir/ü.txt')
    propose(it, { hunk('1', 1, { 'x' }, { 'y' }) }, { path = it.root .. '/sub dir/ü.txt' })
    assert.are.same({ '1-1 TiroDeleted', 'below 1: y' }, drawn(buffer))
  end)

  it('is not drawn if the person does not want it', function()
    local it = begin()
    require('tiro').setup({ review = { inline = false } })
    propose(it, { hunk('1', 3, { 'line 3' }, { 'three' }) })
    assert.are.same({}, drawn())
  end)

  it('survives a colour scheme', function()
    local it = begin()
    propose(it, { hunk('1', 3, { 'line 3' }, { 'three' }) })
    vim.cmd.colorscheme('habamax')
    assert.are.same('DiffAdd', vim.api.nvim_get_hl(0, { name = 'TiroAdded' }).link)
  end)

  it('accepts what is under the cursor', function()
    local it = begin()
    propose(it, { hunk('1', 3, { 'line 3', 'line 4' }, { 'x' }), hunk('2', 9, { 'line 9' }, { 'y' }) })
    vim.api.nvim_win_set_cursor(0, { 4, 0 })
    vim.cmd('Tiro accept')
    assert.are.same({ { accept = { p = { '1' } } } }, it.server:sent('decideHunks'))
  end)

  it('rejects what is under the cursor', function()
    local it = begin()
    propose(it, { hunk('1', 3, { 'line 3' }, { 'x' }) })
    vim.api.nvim_win_set_cursor(0, { 3, 0 })
    vim.cmd('Tiro reject')
    assert.are.same({ { reject = { p = { '1' } } } }, it.server:sent('decideHunks'))
  end)

  it('says that nothing is under the cursor', function()
    local it = begin()
    propose(it, { hunk('1', 3, { 'line 3' }, { 'x' }) })
    vim.api.nvim_win_set_cursor(0, { 10, 0 })
    vim.cmd('Tiro accept')
    assert.are.same('Tiro: no proposed change is there', it:told())
  end)

  it('follows what is typed above before the server has said so', function()
    local it = begin()
    propose(it, { hunk('1', 3, { 'line 3' }, { 'x' }) })
    vim.api.nvim_buf_set_lines(0, 0, 0, true, { 'new', 'new' })
    vim.api.nvim_win_set_cursor(0, { 5, 0 })
    vim.cmd('Tiro accept')
    assert.are.same({ { accept = { p = { '1' } } } }, it.server:sent('decideHunks'))
  end)

  local hunks = {
    hunk('1', 2, { 'line 2' }, { 'x' }),
    hunk('2', 5, { 'line 5' }, { 'x' }),
    hunk('3', 9, { 'line 9' }, { 'x' }),
  }

  local function decided(it, how)
    local sent = it.server:sent('decideHunks')
    assert.are.same(1, #sent)
    return sent[1][how].p
  end

  it('accepts a range', function()
    local it = begin()
    propose(it, hunks)
    vim.cmd('1,6Tiro accept')
    assert.are.same({ '1', '2' }, decided(it, 'accept'))
  end)

  it('accepts a file, and not the others', function()
    local it = begin()
    local other =
      { path = it.root .. '/b.txt', kind = 'update', hunks = { hunk('9', 1, { 'line 1' }, { 'x' }) } }
    propose(it, hunks, { others = { other } })
    vim.cmd('Tiro accept file')
    assert.are.same({ '1', '2', '3' }, decided(it, 'accept'))
  end)

  it('rejects all', function()
    local it = begin()
    local other =
      { path = it.root .. '/b.txt', kind = 'update', hunks = { hunk('9', 1, { 'line 1' }, { 'x' }) } }
    propose(it, hunks, { others = { other } })
    vim.cmd('Tiro! reject')
    assert.are.same({ '1', '2', '3', '9' }, decided(it, 'reject'))
  end)

  it('leaves alone what is decided', function()
    local it = begin()
    propose(it, { hunk('1', 2, { 'line 2' }, { 'x' }, 'accepted'), hunk('2', 5, { 'line 5' }, { 'x' }) })
    vim.cmd('Tiro accept all')
    assert.are.same({ '2' }, decided(it, 'accept'))
  end)

  it('goes from one to the next, over files, and around the end', function()
    local it = begin()
    local other =
      { path = it.root .. '/b.txt', kind = 'update', hunks = { hunk('9', 4, { 'line 4' }, { 'x' }) } }
    propose(it, hunks, { others = { other } })
    local visited = {}
    for _ = 1, 5 do
      vim.cmd('Tiro next')
      local name = vim.fs.basename(vim.api.nvim_buf_get_name(0))
      table.insert(visited, name .. ':' .. vim.api.nvim_win_get_cursor(0)[1])
    end
    assert.are.same({ 'a.txt:2', 'a.txt:5', 'a.txt:9', 'b.txt:4', 'a.txt:2' }, visited)
    vim.cmd('Tiro previous')
    assert.are.same(
      { 4, 'b.txt' },
      { vim.api.nvim_win_get_cursor(0)[1], vim.fs.basename(vim.api.nvim_buf_get_name(0)) }
    )
  end)

  it('lists all hunks for quickfix', function()
    local it = begin()
    propose(it, hunks)
    vim.cmd('Tiro hunks')
    local list = vim.fn.getqflist({ items = 0, title = 0 })
    assert.are.same('Tiro: proposed changes', list.title)
    assert.are.same(
      { 2, 5, 9 },
      vim.tbl_map(function(item)
        return item.lnum
      end, list.items)
    )
  end)

  it('compares the file with what it would be', function()
    local it = begin()
    propose(it, { hunk('1', 2, { 'line 2', 'line 3' }, { 'two' }), hunk('2', 10, {}, { 'new' }) })
    vim.cmd('Tiro diff')
    local windows = vim.api.nvim_tabpage_list_wins(0)
    assert.are.same(2, #windows)
    local proposed = vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(windows[2]), 0, -1, true)
    assert.are.same(
      { 'line 1', 'two', 'line 4', 'new' },
      { proposed[1], proposed[2], proposed[3], proposed[9] }
    )
    assert.is_true(vim.wo[windows[1]].diff and vim.wo[windows[2]].diff)
    assert.is_false(vim.bo[vim.api.nvim_win_get_buf(windows[2])].modifiable)
  end)

  it('keeps the lines of the two beside one another, and takes what is accepted', function()
    local it = begin()
    local buffer = it:edit('a.txt')
    propose(it, {
      hunk('1', 2, { 'line 2' }, { 'two' }, 'accepted'),
      hunk('2', 4, { 'line 4' }, { 'four' }),
      hunk('3', 6, { 'line 6' }, { 'six' }, 'rejected'),
    })
    local before = drawn(buffer)
    vim.cmd('Tiro diff')
    local windows = vim.api.nvim_tabpage_list_wins(0)
    local proposed = vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(windows[2]), 0, 6, true)
    assert.are.same({ 'line 1', 'two', 'line 3', 'four', 'line 5', 'line 6' }, proposed)
    assert.are.same({}, drawn(buffer))
    assert.are.same(1, #require('tiro.review').within(it.session, buffer, 4, 4))
    vim.cmd.tabclose()
    stage.wait_for('the lines between', function()
      return #drawn(buffer) > 0
    end)
    assert.are.same(before, drawn(buffer))
  end)

  it('shows a new file, which is not there yet', function()
    local it = begin()
    propose(it, { hunk('1', 1, {}, { 'fresh' }) }, { path = it.root .. '/new.txt', kind = 'add' })
    vim.cmd('Tiro diff')
    local windows = vim.api.nvim_tabpage_list_wins(0)
    assert.are.same(
      { 'fresh' },
      vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(windows[2]), 0, -1, true)
    )
    assert.is_nil(vim.uv.fs_stat(it.root .. '/new.txt'))
  end)
end)
