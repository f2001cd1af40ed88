local person = dofile(vim.fs.joinpath(vim.fs.dirname(arg[0]), 'person.lua'))
local buffer = person.open('lines.txt')
local before = person.text(buffer)
-- The dialog about the whole patch is dismissed: it is decided in the text.
person.answer = function()
  return nil
end
vim.cmd('Tiro ask shout')
local function changes()
  return vim.tbl_filter(function(diagnostic)
    return diagnostic.source == 'tiro'
  end, vim.diagnostic.get(buffer))
end
person.wait_for('two changes', function()
  return #changes() == 2
end)
vim.api.nvim_set_current_win(vim.fn.bufwinid(buffer))
vim.api.nvim_win_set_cursor(0, { 1, 0 })
vim.diagnostic.jump({ count = 1 })
assert(vim.fn.line('.') == 2, 'the next diagnostic is in line ' .. vim.fn.line('.'))
person.act('Tiro: accept this change')
-- What is decided of one patch is made together, as one edit.
person.wait_for('what is left to decide', function()
  return person.contains(person.told, '1 is left')
end)
vim.diagnostic.jump({ count = 1 })
assert(vim.fn.line('.') == 11, 'the next diagnostic is in line ' .. vim.fn.line('.'))
person.act('Tiro: reject this change')
person.wait_for('the answer', function()
  return person.shown_with('As you wish.')
end)
person.wait_for('no change to be left', function()
  return #changes() == 0
end)
assert(person.text(buffer) == (before:gsub('two', 'TWO')), person.text(buffer))
vim.api.nvim_set_current_win(vim.fn.bufwinid(buffer))
vim.cmd('silent undo')
assert(person.text(buffer) == before, 'one undo does not take it back:\n' .. person.text(buffer))
person.leave()
