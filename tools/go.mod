module github.com/ringfence/ringfence/tools

go 1.26
