/* SPDX-License-Identifier: Apache-2.0 */
/* Loads the tests' library and reads from its ELF symbol table which functions
 * it has. dlsym() alone would also find those of the libraries it is linked with. */
#include "library.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "compiler.h"

enum { TESTS_LIMIT = 10000 };

/* A file in memory; every read from it is checked against its size. */
struct image {
    const char *data;
    size_t size;
};

static int
image_open(struct image *image, const char *path, struct err *err)
{
    struct stat file;
    void *data;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return err_set(err, "cannot open %s: %s", path, strerror(errno));
    if (fstat(fd, &file) < 0 || !S_ISREG(file.st_mode) || file.st_size == 0) {
        close(fd);
        return err_set(err, "%s is not a shared object", path);
    }
    data = mmap(NULL, (size_t)file.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (data == MAP_FAILED)
        return err_set(err, "cannot map %s: %s", path, strerror(errno));
    *image = (struct image){ .data = data, .size = (size_t)file.st_size };
    return 0;
}

static void
image_close(struct image *image)
{
    munmap((void *)image->data, image->size);
}

/* `count` items of `size` bytes at `offset`, or NULL when the file is too short. */
static const void *
image_at(const struct image *image, uint64_t offset, uint64_t count, size_t size)
{
    if (offset > image->size || count > (image->size - offset) / size)
        return NULL;
    return image->data + offset;
}

static const ElfW(Shdr) *
find_section(const struct image *image, uint32_t type, const ElfW(Shdr) **all, size_t *count)
{
    const ElfW(Ehdr) *head = image_at(image, 0, 1, sizeof *head);

    if (head == NULL || memcmp(head->e_ident, ELFMAG, SELFMAG) != 0 ||
        head->e_ident[EI_CLASS] != (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32) ||
        head->e_shentsize != sizeof **all || head->e_shoff % _Alignof(ElfW(Shdr)) != 0)
        return NULL;
    *count = head->e_shnum;
    *all = image_at(image, head->e_shoff, head->e_shnum, sizeof **all);
    for (size_t i = 0; *all != NULL && i < *count; i++) {
        if ((*all)[i].sh_type == type)
            return &(*all)[i];
    }
    return NULL;
}

static bool
is_function(const ElfW(Sym) *symbol)
{
    unsigned char type = ELF64_ST_TYPE(symbol->st_info), binding = ELF64_ST_BIND(symbol->st_info);

    return symbol->st_shndx != SHN_UNDEF && (type == STT_FUNC || type == STT_GNU_IFUNC) &&
           (binding == STB_GLOBAL || binding == STB_WEAK);
}

static bool
is_wanted(const char *symbol, const char *name)
{
    return name != NULL ? strcmp(symbol, name) == 0 : strncmp(symbol, "test", 4) == 0;
}

static int
compare_names(const void *a, const void *b)
{
    return strcmp(((const struct test *)a)->name, ((const struct test *)b)->name);
}

/* Notes the names of the exported functions that are wanted, sorted. -1: the file
 * has no table that can be read. */
static int
read_symbols(struct library *library, const struct image *image, const char *name)
{
    const ElfW(Shdr) *all = NULL;
    size_t section_count = 0;
    const ElfW(Shdr) *table = find_section(image, SHT_DYNSYM, &all, &section_count);
    const ElfW(Shdr) *texts;
    const ElfW(Sym) *symbols;
    const char *text;
    size_t count;

    if (table == NULL || table->sh_link >= section_count || table->sh_offset % _Alignof(ElfW(Sym)) != 0)
        return -1;
    texts = &all[table->sh_link];
    count = table->sh_size / sizeof *symbols;
    symbols = image_at(image, table->sh_offset, count, sizeof *symbols);
    text = image_at(image, texts->sh_offset, texts->sh_size, 1);
    if (symbols == NULL || text == NULL || texts->sh_size == 0 || text[texts->sh_size - 1] != '\0')
        return -1;
    for (size_t i = 0; i < count && library->test_count < TESTS_LIMIT; i++) {
        if (!is_function(&symbols[i]) || symbols[i].st_name >= texts->sh_size ||
            !is_wanted(text + symbols[i].st_name, name))
            continue;
        library->tests = xreallocarray(library->tests, library->test_count + 1, sizeof *library->tests);
        library->tests[library->test_count++] =
            (struct test){ .name = xstrdup(text + symbols[i].st_name) };
    }
    if (library->test_count > 0)
        qsort(library->tests, library->test_count, sizeof *library->tests, compare_names);
    return 0;
}

static void
forget_tests(struct library *library)
{
    for (size_t i = 0; i < library->test_count; i++)
        free(library->tests[i].name);
    free(library->tests);
    library->tests = NULL;
    library->test_count = 0;
}

/* Says what is missing, and which tests there are instead. */
static int
complain(struct library *library, const struct image *image, const char *file, const char *name,
         struct err *err)
{
    struct buffer known;

    if (name == NULL)
        return err_set(err, "%s exports no function whose name starts with \"test\"", file);
    buffer_init(&known, 512);
    read_symbols(library, image, NULL);
    for (size_t i = 0; i < library->test_count; i++)
        buffer_printf(&known, "%s%s", i > 0 ? ", " : "", library->tests[i].name);
    err_set(err, "%s has no function \"%s\"%s%s%s", file, name,
            library->test_count > 0 ? "; its tests are " : " and no tests",
            known.length > 0 ? known.data : "", known.is_full ? " ..." : "");
    buffer_clear(&known);
    return -1;
}

static int
find_tests(struct library *library, const char *file, const char *path, const char *name, struct err *err)
{
    struct image image = { 0 };
    int result = 0;

    if (image_open(&image, path, err) < 0)
        return -1;
    if (read_symbols(library, &image, name) < 0)
        result = err_set(err, "%s is not a shared object for this machine", file);
    else if (library->test_count == 0)
        result = complain(library, &image, file, name, err);
    image_close(&image);
    return result;
}

static int
load(struct library *library, const char *file, const char *path, const char *name, struct err *err)
{
    /* dlopen() looks for a name without a slash elsewhere. */
    char *absolute = realpath(path, NULL);

    if (absolute == NULL)
        return err_set(err, "cannot open %s: %s", file, strerror(errno));
    if (find_tests(library, file, absolute, name, err) < 0)
        goto fail;
    library->handle = dlopen(absolute, RTLD_NOW | RTLD_LOCAL);
    if (library->handle == NULL) {
        err_set(err, "cannot load %s: %s", file, dlerror());
        goto fail;
    }
    for (size_t i = 0; i < library->test_count; i++) {
        struct test *test = &library->tests[i];

        test->run = (test_function *)dlsym(library->handle, test->name);
        if (test->run == NULL) {
            err_set(err, "cannot find %s in %s: %s", test->name, file, dlerror());
            goto fail;
        }
    }
    free(absolute);
    return 0;

fail:
    free(absolute);
    library_close(library);
    return -1;
}

static bool
has_ending(const char *file, const char *ending)
{
    size_t length = strlen(file), ending_length = strlen(ending);

    return length > ending_length && strcmp(file + length - ending_length, ending) == 0;
}

int
library_open(struct library *library, const char *file, const char *name, struct err *err)
{
    struct compilation compilation;
    int result;

    *library = (struct library){ 0 };
    if (has_ending(file, ".so"))
        return load(library, file, file, name, err);
    if (!has_ending(file, ".c"))
        return err_set(err, "%s: a test file ends with .so or .c", file);
    if (compilation_run(&compilation, file, err) < 0)
        return -1;
    result = load(library, file, compilation.library, name, err);
    /* What is mapped stays: so nothing is left behind, however the tests end. */
    compilation_clear(&compilation);
    return result;
}

void
library_close(struct library *library)
{
    forget_tests(library);
    if (library->handle != NULL)
        dlclose(library->handle);
    library->handle = NULL;
}
