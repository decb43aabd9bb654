/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the dynamic symbol table of an ELF file; every read is checked against
 * the file's size. */
#include "base/symbols.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int
map(struct symbols *symbols, const char *path, const char *shown, struct err *err)
{
    struct stat file;
    void *data;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return err_set(err, "cannot open %s: %s", shown, strerror(errno));
    if (fstat(fd, &file) < 0 || !S_ISREG(file.st_mode) || file.st_size == 0) {
        close(fd);
        return err_set(err, "%s is not a shared object", shown);
    }
    data = mmap(NULL, (size_t)file.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (data == MAP_FAILED)
        return err_set(err, "cannot map %s: %s", shown, strerror(errno));
    *symbols = (struct symbols){ .data = data, .size = (size_t)file.st_size };
    return 0;
}

/* `count` items of `size` bytes at `offset`, or NULL when the file is too short. */
static const void *
place(const struct symbols *symbols, uint64_t offset, uint64_t count, size_t size)
{
    if (offset > symbols->size || count > (symbols->size - offset) / size)
        return NULL;
    return symbols->data + offset;
}

static const ElfW(Shdr) *
find_section(const struct symbols *symbols, uint32_t type, const ElfW(Shdr) **all, size_t *count)
{
    const ElfW(Ehdr) *head = place(symbols, 0, 1, sizeof *head);

    if (head == NULL || memcmp(head->e_ident, ELFMAG, SELFMAG) != 0 ||
        head->e_ident[EI_CLASS] != (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32) ||
        head->e_shentsize != sizeof **all || head->e_shoff % _Alignof(ElfW(Shdr)) != 0)
        return NULL;
    *count = head->e_shnum;
    *all = place(symbols, head->e_shoff, head->e_shnum, sizeof **all);
    for (size_t i = 0; *all != NULL && i < *count; i++) {
        if ((*all)[i].sh_type == type)
            return &(*all)[i];
    }
    return NULL;
}

/* False: the file has no table that can be read. */
static bool
find_table(struct symbols *symbols)
{
    const ElfW(Shdr) *all = NULL;
    size_t section_count = 0;
    const ElfW(Shdr) *table = find_section(symbols, SHT_DYNSYM, &all, &section_count);
    const ElfW(Shdr) *texts;

    if (table == NULL || table->sh_link >= section_count || table->sh_offset % _Alignof(ElfW(Sym)) != 0)
        return false;
    texts = &all[table->sh_link];
    symbols->count = table->sh_size / sizeof(ElfW(Sym));
    symbols->table = place(symbols, table->sh_offset, symbols->count, sizeof(ElfW(Sym)));
    symbols->texts = place(symbols, texts->sh_offset, texts->sh_size, 1);
    symbols->texts_size = texts->sh_size;
    return symbols->table != NULL && symbols->texts != NULL && texts->sh_size > 0 &&
           symbols->texts[texts->sh_size - 1] == '\0';
}

int
symbols_open(struct symbols *symbols, const char *path, const char *shown, struct err *err)
{
    if (map(symbols, path, shown, err) < 0)
        return -1;
    if (find_table(symbols))
        return 0;
    symbols_close(symbols);
    return err_set(err, "%s is not a shared object for this machine", shown);
}

void
symbols_close(struct symbols *symbols)
{
    munmap((void *)symbols->data, symbols->size);
    *symbols = (struct symbols){ 0 };
}

bool
symbols_next(const struct symbols *symbols, size_t *at, struct symbol *symbol)
{
    const ElfW(Sym) *table = symbols->table;

    while (*at < symbols->count) {
        const ElfW(Sym) *next = &table[(*at)++];
        unsigned char type = ELF64_ST_TYPE(next->st_info), binding = ELF64_ST_BIND(next->st_info);
        bool is_function = type == STT_FUNC || type == STT_GNU_IFUNC;

        if (next->st_shndx == SHN_UNDEF || !(is_function || type == STT_OBJECT) ||
            !(binding == STB_GLOBAL || binding == STB_WEAK) || next->st_name >= symbols->texts_size)
            continue;
        *symbol = (struct symbol){ .name = symbols->texts + next->st_name, .is_function = is_function };
        return true;
    }
    return false;
}

static bool
have(const struct symbols *symbols, const char *name, bool is_function)
{
    struct symbol symbol;

    for (size_t at = 0; symbols_next(symbols, &at, &symbol);)
        if (symbol.is_function == is_function && strcmp(symbol.name, name) == 0)
            return true;
    return false;
}

bool
symbols_have_function(const struct symbols *symbols, const char *name)
{
    return have(symbols, name, true);
}

bool
symbols_have_object(const struct symbols *symbols, const char *name)
{
    return have(symbols, name, false);
}
