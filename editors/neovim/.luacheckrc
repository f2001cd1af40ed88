-- Methods that need not look at what they are called on.
self = false
std = 'luajit'
globals = { 'vim' }
max_line_length = 120
files['spec'] = { globals = { 'vim', 'describe', 'it', 'before_each', 'after_each' } }
files['spec/run.lua'] = { globals = { 'arg' } }
