local person = dofile(vim.fs.joinpath(vim.fs.dirname(arg[0]), 'person.lua'))
local buffer = person.open('add.sh')
vim.api.nvim_buf_set_lines(buffer, 1, 2, true, { '# adds: typed and not saved' })
local typed = person.text(buffer)
local commands = 0
person.answer = function(prompt, titles)
  -- The command would see the older text: save, and it goes on.
  if prompt:find('unsaved', 1, true) then
    vim.api.nvim_buf_call(buffer, function()
      vim.cmd('silent update')
    end)
    return nil
  end
  if prompt:find('sh test.sh', 1, true) then
    commands = commands + 1
    -- The second time the dialog is closed without an answer.
    return commands == 1 and titles[1] or nil
  end
  return titles[1]
end
vim.cmd('Tiro ask make the test pass')
person.wait_for('the dialog that is dismissed', function()
  return commands == 2
end)
assert(person.text(buffer):find('$1 + $2', 1, true), 'the buffer was not patched:\n' .. person.text(buffer))
person.act('Tiro: Run once')
person.wait_for('the answer', function()
  return person.shown_with('The sign was wrong.')
end)
vim.api.nvim_set_current_win(vim.fn.bufwinid(buffer))
vim.cmd('silent undo')
assert(person.text(buffer) == typed, 'one undo does not take it back:\n' .. person.text(buffer))
person.leave()
